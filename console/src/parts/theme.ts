import { useState } from "react";

/** Dark or light: as the system has it, until a person chooses. */
const NAME = "zenobia.theme";
type Theme = "dark" | "light";

function chosen(): Theme | null {
  const kept = localStorage.getItem(NAME);
  return kept === "dark" || kept === "light" ? kept : null;
}

function system(): Theme {
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function apply(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}

const kept = chosen();
if (kept !== null) apply(kept);

export function useTheme(): { theme: Theme; turn: () => void } {
  const [theme, setTheme] = useState<Theme>(() => chosen() ?? system());
  const turn = () => {
    const other = theme === "dark" ? "light" : "dark";
    localStorage.setItem(NAME, other);
    apply(other);
    setTheme(other);
  };
  return { theme, turn };
}
