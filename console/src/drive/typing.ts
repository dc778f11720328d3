import { type RefObject, useEffect } from "react";
import { type Hands, type Input, modifiersOf } from "./inputs.ts";

/** What a phone's keyboard says instead of a key. */
const KEYS: Record<string, string> = {
  deleteContentBackward: "Backspace",
  deleteContentForward: "Delete",
  insertLineBreak: "Enter",
  insertParagraph: "Enter",
};

/** Keys, pasting, copying, and what input methods compose, from an empty field to the browser. */
export function useTyping(field: RefObject<HTMLTextAreaElement | null>, hands: RefObject<Hands>): void {
  useEffect(() => {
    const box = field.current;
    if (box === null) return;
    const gone = new AbortController();
    const listen = { signal: gone.signal };
    const act = (...inputs: Input[]) => hands.current.do(...inputs);

    const key = (action: "down" | "up") => (event: KeyboardEvent) => {
      if (event.isComposing || ["Process", "Unidentified", "Dead"].includes(event.key)) return; // its text comes by itself
      if (event.key === "Escape" && event.shiftKey) {
        box.blur();
        return;
      }
      const chord = event.ctrlKey || event.metaKey;
      if (chord && event.key.toLowerCase() === "v") return; // becomes a paste
      event.preventDefault();
      if (chord && ["c", "x"].includes(event.key.toLowerCase())) {
        if (action === "down") act({ type: "copy", cut: event.key.toLowerCase() === "x" });
        return;
      }
      const { code, repeat } = event;
      act({ type: "key", action, key: event.key.slice(0, 40), code, repeat, modifiers: modifiersOf(event) });
    };
    const typed = (event: InputEvent) => {
      if (event.isComposing || event.inputType === "insertCompositionText") return;
      event.preventDefault();
      const named = KEYS[event.inputType];
      if (named !== undefined) {
        act(
          { type: "key", action: "down", key: named, code: named },
          { type: "key", action: "up", key: named, code: named },
        );
      } else if (event.data) act({ type: "text", text: event.data });
    };
    const composing = (event: CompositionEvent) => {
      const end = event.data.length;
      act({ type: "compose", text: event.data, selectionStart: end, selectionEnd: end });
    };
    const composed = (event: CompositionEvent) => {
      act({ type: "text", text: event.data });
      box.value = "";
    };
    const pasted = (event: ClipboardEvent) => {
      event.preventDefault();
      const text = event.clipboardData?.getData("text/plain") ?? "";
      act(...piecesOf(text).map((piece): Input => ({ type: "paste", text: piece })));
    };
    box.addEventListener("keydown", key("down"), listen);
    box.addEventListener("keyup", key("up"), listen);
    box.addEventListener("beforeinput", typed, listen);
    box.addEventListener("compositionupdate", composing, listen);
    box.addEventListener("compositionend", composed, listen);
    box.addEventListener("paste", pasted, listen);
    return () => gone.abort();
  }, [field, hands]);
}

/** Characters that one input may paste. */
const PASTED_AT_ONCE = 100_000;

/** A text in pieces that may be pasted one after the other; no character is cut in two. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = start + PASTED_AT_ONCE;
    const whole = (text.codePointAt(end - 1) ?? 0) > 0xffff ? end - 1 : end;
    pieces.push(text.slice(start, whole));
    start = whole;
  }
  return pieces;
}
