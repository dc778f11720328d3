import { type RefObject, useEffect } from "react";
import type { LiveWindow } from "zenobia-client";
import { type Hands, pointOf } from "./inputs.ts";

interface FingerFacts {
  field: RefObject<HTMLTextAreaElement | null>;
  hands: RefObject<Hands>;
  window: RefObject<LiveWindow | null>;
  /** Whether the picture is larger than its place: fingers move it then, and only taps are for the page. */
  large: boolean;
}

/** Fingers on the picture. They are listened to directly, because React's listeners may not hold scrolling back. */
export function useFingers({ field, hands, window, large }: FingerFacts): void {
  useEffect(() => {
    const box = field.current;
    if (box === null) return;
    const gone = new AbortController();
    let tapped = false;
    const points = (touches: TouchList) => {
      const size = window.current;
      if (size === null) return [];
      const place = box.getBoundingClientRect();
      return [...touches].map((touch) => ({ ...pointOf(touch, place, size), id: touch.identifier % 100 }));
    };
    const whole = (action: "start" | "move" | "end" | "cancel") => (event: TouchEvent) => {
      event.preventDefault(); // which also keeps the browser from giving the field the focus after a tap
      if (action === "end" && tapped) box.focus({ preventScroll: true });
      tapped = action === "start" && event.touches.length === 1;
      const left = action === "end" && event.touches.length > 0;
      hands.current.do({ type: "touch", action: left ? "move" : action, points: points(event.touches) });
    };
    const part = (action: "start" | "move" | "end" | "cancel") => (event: TouchEvent) => {
      if (action === "end" && tapped) {
        event.preventDefault();
        box.focus({ preventScroll: true });
        hands.current.do({ type: "touch", action: "start", points: points(event.changedTouches) });
        hands.current.do({ type: "touch", action: "end", points: [] });
      }
      tapped = action === "start" && event.touches.length === 1;
    };
    const listen = { signal: gone.signal, passive: false };
    const felt = large ? part : whole;
    box.addEventListener("touchstart", felt("start"), listen);
    box.addEventListener("touchmove", felt("move"), listen);
    box.addEventListener("touchend", felt("end"), listen);
    box.addEventListener("touchcancel", felt("cancel"), listen);
    return () => gone.abort();
  }, [field, hands, window, large]);
}
