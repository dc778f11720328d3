import { type RefObject, useEffect, useRef } from "react";
import type { LiveWindow } from "zenobia-client";
import { useFingers } from "./fingers.ts";
import { buttonOf, type Hands, modifiersOf, pointOf } from "./inputs.ts";
import { useTyping } from "./typing.ts";

interface SurfaceFacts {
  hands: Hands;
  window: RefObject<LiveWindow | null>;
  field: RefObject<HTMLTextAreaElement | null>;
  /** Whether the picture is larger than its place. */
  large: boolean;
}

/**
 * What lies over the picture while a person drives: an empty text field, so that keys, pasting, input methods and a
 * phone's keyboard all reach it, on which pointers, fingers and wheels are caught.
 */
export function Surface({ hands, window, field, large }: SurfaceFacts) {
  const latest = useRef(hands);
  latest.current = hands;
  useTyping(field, latest);
  usePointing(field, latest, window);
  useFingers({ field, hands: latest, window, large });
  return (
    <textarea
      ref={field}
      className="driven"
      aria-label="The browser. What you type, press and point at goes there; Shift and Escape lets go of the keyboard."
      autoCapitalize="off"
      autoCorrect="off"
      autoComplete="off"
      spellCheck={false}
    />
  );
}

/** Milliseconds and pixels within which a press belongs to the one before: a double click. */
const SOON = 400;
const NEAR = 8;

function again(event: PointerEvent, last: PointerEvent | null): boolean {
  if (last === null || event.button !== last.button || event.timeStamp - last.timeStamp > SOON) return false;
  return Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) < NEAR;
}

type Field = RefObject<HTMLTextAreaElement | null>;

/** Mouse and wheel. They are listened to directly, because React's listeners may not hold scrolling back. */
function usePointing(field: Field, hands: RefObject<Hands>, window: RefObject<LiveWindow | null>): void {
  useEffect(() => {
    const box = field.current;
    if (box === null) return;
    const at = (event: { clientX: number; clientY: number }) =>
      window.current === null ? null : pointOf(event, box.getBoundingClientRect(), window.current);
    const gone = new AbortController();
    const listen = { signal: gone.signal, passive: false };

    const mouse = (action: "move" | "down" | "up") => (event: PointerEvent) => {
      if (event.pointerType === "touch") return;
      const point = at(event);
      if (point === null) return;
      event.preventDefault();
      const button = buttonOf(event);
      if (action !== "move" && button === undefined) return;
      if (action === "down") {
        box.setPointerCapture(event.pointerId);
        box.focus({ preventScroll: true });
      }
      const facts = { ...point, modifiers: modifiersOf(event) };
      if (action === "down") clicks = again(event, last) ? Math.min(3, clicks + 1) : 1;
      if (action === "down") last = event;
      const pressed = action === "move" ? {} : { button, clickCount: clicks };
      hands.current.do({ type: "mouse", action, ...facts, ...pressed });
    };
    let last: PointerEvent | null = null;
    let clicks = 1;
    const wheel = (event: WheelEvent) => {
      const point = at(event);
      if (point === null) return;
      event.preventDefault();
      const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? box.clientHeight : 1;
      const turned = { deltaX: event.deltaX * unit, deltaY: event.deltaY * unit };
      hands.current.do({ type: "wheel", ...point, ...turned, modifiers: modifiersOf(event) });
    };
    box.addEventListener("pointermove", mouse("move"), listen);
    box.addEventListener("pointerdown", mouse("down"), listen);
    box.addEventListener("pointerup", mouse("up"), listen);
    box.addEventListener("mouseup", (event) => event.preventDefault(), listen); // the side buttons lead nowhere
    box.addEventListener("contextmenu", (event) => event.preventDefault(), listen);
    box.addEventListener("wheel", wheel, listen);
    return () => gone.abort();
  }, [field, hands, window]);
}
