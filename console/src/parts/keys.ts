import { useEffect, useRef } from "react";

export type Shortcuts = Record<string, (() => void) | undefined>;

/** Whether the last key was meant for a text. What follows is too, also when its field has gone meanwhile. */
let writing = false;
addEventListener("pointerdown", () => {
  writing = false;
});
addEventListener("keydown", (event) => {
  writing = (writing || typing(event.target)) && !turnsAway(event);
});

/** Keys that do something while nobody types or drives: a letter, or a name such as `Escape`. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || event.isComposing) return;
      if (event.repeat || writing || typing(event.target) || document.querySelector("dialog[open], .driven") !== null)
        return;
      if (event.key === "Enter" && presses(event.target)) return;
      const act = latest.current[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

/** Whether what had the focus is gone, so that it may be given to what came in its place. */
export function nothingFocused(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/** Whether Enter has a meaning of its own there. */
function presses(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("a, button, summary") !== null;
}

/** Whether a key ends what was being written: it leaves the field, or sends what is in a line. */
function turnsAway({ key, target, ctrlKey, metaKey }: KeyboardEvent): boolean {
  const sends = ctrlKey || metaKey || !(target instanceof HTMLTextAreaElement);
  return key === "Escape" || key === "Tab" || (key === "Enter" && sends);
}

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable], .driven") !== null
  );
}
