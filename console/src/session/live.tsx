import { useEffect, useRef, useState } from "react";
import type { LiveFrame } from "zenobia-client";
import { useClient } from "../server/connection.ts";

interface LiveFacts {
  sessionId: string;
  controlId: string | null;
  alt: string;
  shown: (frame: LiveFrame) => void;
}

/** What the browser shows, as it shows it. Nothing is sent while the page is out of sight. */
export function Live({ sessionId, controlId, alt, shown }: LiveFacts) {
  const client = useClient();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [seen, setSeen] = useState(!document.hidden);
  const tell = useRef(shown);
  tell.current = shown;

  useEffect(() => {
    const look = () => setSeen(!document.hidden);
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  useEffect(() => {
    if (!seen) return;
    const sharp = Math.min(2, devicePixelRatio);
    const width = Math.round(Math.min(1_600, (canvas.current?.parentElement?.clientWidth ?? 1_280) * sharp));
    const wishes = { maxWidth: Math.max(320, width), ...(controlId === null ? {} : { controlId }) };
    const show = async (frame: LiveFrame) => {
      await draw(canvas.current, frame);
      tell.current(frame);
    };
    return client.look(sessionId, show, wishes);
  }, [client, sessionId, controlId, seen]);
  return <canvas ref={canvas} className="shot" role="img" aria-label={alt} />;
}

async function draw(canvas: HTMLCanvasElement | null, frame: LiveFrame): Promise<void> {
  if (canvas === null) return;
  const picture = await createImageBitmap(new Blob([frame.picture as BlobPart], { type: "image/jpeg" }));
  if (canvas.width !== picture.width) canvas.width = picture.width;
  if (canvas.height !== picture.height) canvas.height = picture.height;
  canvas.getContext("2d")?.drawImage(picture, 0, 0);
  picture.close();
}
