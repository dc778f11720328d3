import { useState } from "react";

/** A text that is being written: kept with the tab, so that going elsewhere or loading again loses nothing of it. */
export function useDraft(name: string): [string, (text: string) => void] {
  const key = `zenobia.draft.${name}`;
  const [text, setText] = useState(() => sessionStorage.getItem(key) ?? "");
  const write = (next: string) => {
    if (next === "") sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, next);
    setText(next);
  };
  return [text, write];
}
