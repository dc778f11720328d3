import { type RefObject, useEffect, useRef, useState } from "react";
import type { LiveFrame } from "zenobia-client";
import { useClient } from "../server/connection.ts";

interface LiveFacts {
  sessionId: string;
  controlId: string | null;
  alt: string;
  shown: (frame: LiveFrame) => void;
  /** Whether it is shown larger than its place, as by the style of `.view[data-large]`. */
  large: boolean;
}

/** Pixels by which more or fewer are asked for, so that dragging a window's edge does not ask all the time. */
const STEP = 160;

const MOST = 1_600;
const LARGER = 2.5;

/** What the browser shows, as it shows it. Nothing is sent while the page is out of sight. */
export function Live({ sessionId, controlId, alt, shown, large }: LiveFacts) {
  const client = useClient();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [seen, setSeen] = useState(!document.hidden);
  const width = useWidth(canvas, large ? LARGER : 1);
  const tell = useRef(shown);
  tell.current = shown;

  useEffect(() => {
    const look = () => setSeen(!document.hidden);
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  useEffect(() => {
    if (!seen || width === null) return;
    const wishes = { maxWidth: width, ...(controlId === null ? {} : { controlId }) };
    const show = async (frame: LiveFrame) => {
      await draw(canvas.current, frame);
      tell.current(frame);
    };
    return client.look(sessionId, show, wishes);
  }, [client, sessionId, controlId, seen, width]);
  return <canvas ref={canvas} className="shot" role="img" aria-label={alt} />;
}

/** How wide pictures are to be. The canvas itself has no size before the first one, so what is around it is measured. */
function useWidth(canvas: RefObject<HTMLCanvasElement | null>, times: number): number | null {
  const [width, setWidth] = useState<number | null>(null);
  useEffect(() => {
    const around = canvas.current?.closest(".view");
    if (!around) return;
    const observer = new ResizeObserver(() => {
      const pixels = around.clientWidth * times * Math.min(2, devicePixelRatio);
      setWidth(Math.min(MOST, Math.max(1, Math.ceil(pixels / STEP)) * STEP));
    });
    observer.observe(around);
    return () => observer.disconnect();
  }, [canvas, times]);
  return width;
}

async function draw(canvas: HTMLCanvasElement | null, frame: LiveFrame): Promise<void> {
  if (canvas === null) return;
  const picture = await createImageBitmap(new Blob([frame.picture as BlobPart], { type: "image/jpeg" }));
  if (canvas.width !== picture.width) canvas.width = picture.width;
  if (canvas.height !== picture.height) canvas.height = picture.height;
  canvas.getContext("2d")?.drawImage(picture, 0, 0);
  picture.close();
}
