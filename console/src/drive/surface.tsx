import { type RefObject, useEffect, useRef } from "react";
import type { LiveWindow } from "zenobia-client";
import { buttonOf, type Hands, modifiersOf, pointOf } from "./inputs.ts";
import { useTyping } from "./typing.ts";

interface SurfaceFacts {
  hands: Hands;
  window: RefObject<LiveWindow | null>;
  field: RefObject<HTMLTextAreaElement | null>;
}

/**
 * What lies over the picture while a person drives: an empty text field, so that keys, pasting, input methods and a
 * phone's keyboard all reach it, on which pointers, fingers and wheels are caught.
 */
export function Surface({ hands, window, field }: SurfaceFacts) {
  const latest = useRef(hands);
  latest.current = hands;
  useTyping(field, latest);
  usePointing(field, latest, window);
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

/** Mouse, wheel and fingers. They are listened to directly, because React's listeners may not hold scrolling back. */
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
      if (action === "down") {
        box.setPointerCapture(event.pointerId);
        box.focus({ preventScroll: true });
      }
      const facts = { ...point, modifiers: modifiersOf(event) };
      if (action === "down") clicks = again(event, last) ? Math.min(3, clicks + 1) : 1;
      if (action === "down") last = event;
      const pressed = action === "move" ? {} : { button: buttonOf(event), clickCount: clicks };
      hands.current.do({ type: "mouse", action, ...facts, ...pressed });
    };
    let last: PointerEvent | null = null;
    let clicks = 1;
    let tapped = false;
    const fingers = (action: "start" | "move" | "end" | "cancel") => (event: TouchEvent) => {
      event.preventDefault(); // which also keeps the browser from giving the field the focus after a tap
      if (action === "end" && tapped) box.focus({ preventScroll: true });
      tapped = action === "start" && event.touches.length === 1;
      const points = [...event.touches].flatMap((touch) => {
        const point = at(touch);
        return point === null ? [] : [{ ...point, id: touch.identifier % 100 }];
      });
      if (action !== "end" || event.touches.length === 0) hands.current.do({ type: "touch", action, points });
      else hands.current.do({ type: "touch", action: "move", points });
    };
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
    box.addEventListener("contextmenu", (event) => event.preventDefault(), listen);
    box.addEventListener("touchstart", fingers("start"), listen);
    box.addEventListener("touchmove", fingers("move"), listen);
    box.addEventListener("touchend", fingers("end"), listen);
    box.addEventListener("touchcancel", fingers("cancel"), listen);
    box.addEventListener("wheel", wheel, listen);
    return () => gone.abort();
  }, [field, hands, window]);
}
