import { type RefObject, useEffect } from "react";
import type { LiveWindow } from "zenobia-client";
import { type Hands, pointOf } from "./inputs.ts";

interface FingerFacts {
  field: RefObject<HTMLTextAreaElement | null>;
  hands: RefObject<Hands>;
  window: RefObject<LiveWindow | null>;
  /** Whether the picture is wider than its place: a finger that goes sideways moves it then, and is not for the page. */
  large: boolean;
}

/** What a finger on the large picture has turned out to be for. */
type Aim = "unknown" | "page" | "picture";

/** Fingers on the picture. They are listened to directly, because React's listeners may not hold scrolling back. */
export function useFingers({ field, hands, window, large }: FingerFacts): void {
  useEffect(() => {
    const box = field.current;
    if (box === null) return;
    const gone = new AbortController();
    const listen = { signal: gone.signal, passive: false };
    const points = (touches: TouchList | Touch[]) => {
      const size = window.current;
      if (size === null) return [];
      const place = box.getBoundingClientRect();
      return [...touches].map((touch) => ({ ...pointOf(touch, place, size), id: touch.identifier % 100 }));
    };
    const touch = (action: "start" | "move" | "end" | "cancel", touches: TouchList | Touch[]) =>
      hands.current.do({ type: "touch", action, points: points(touches) });
    const focus = () => box.focus({ preventScroll: true });

    const listenToAll = () => {
      let tapped = false;
      const felt = (action: "start" | "move" | "end" | "cancel") => (event: TouchEvent) => {
        event.preventDefault(); // which also keeps the browser from giving the field the focus after a tap
        if (action === "end" && tapped) focus();
        tapped = action === "start" && event.touches.length === 1;
        touch(action === "end" && event.touches.length > 0 ? "move" : action, event.touches);
      };
      box.addEventListener("touchstart", felt("start"), listen);
      box.addEventListener("touchmove", felt("move"), listen);
      box.addEventListener("touchend", felt("end"), listen);
      box.addEventListener("touchcancel", felt("cancel"), listen);
    };

    const listenToOne = () => {
      let first: Touch | undefined;
      let aim: Aim = "picture";
      const start = (event: TouchEvent) => {
        if (aim === "page") touch("cancel", []); // a second finger: the first one was not for the page
        first = event.touches[0];
        aim = event.touches.length === 1 ? "unknown" : "picture";
      };
      const move = (event: TouchEvent) => {
        const now = event.touches[0];
        if (first === undefined || now === undefined || aim === "picture") return;
        if (aim === "unknown") {
          const sideways = Math.abs(now.clientX - first.clientX) > Math.abs(now.clientY - first.clientY);
          aim = sideways || !event.cancelable ? "picture" : "page";
          if (aim === "picture") return; // the browser moves it, by the style of the field, or it still glides
          touch("start", [first]);
        }
        if (event.cancelable) event.preventDefault();
        touch("move", event.touches);
      };
      const end = (event: TouchEvent) => {
        if (aim !== "picture" && event.cancelable) event.preventDefault();
        if (aim === "unknown") {
          focus();
          touch("start", event.changedTouches);
        }
        if (aim !== "picture") touch("end", []);
        aim = "picture";
      };
      const cancel = () => {
        if (aim === "page") touch("cancel", []);
        aim = "picture";
      };
      box.addEventListener("touchstart", start, listen);
      box.addEventListener("touchmove", move, listen);
      box.addEventListener("touchend", end, listen);
      box.addEventListener("touchcancel", cancel, listen);
    };

    if (large) listenToOne();
    else listenToAll();
    return () => gone.abort();
  }, [field, hands, window, large]);
}
