import { useEffect, useState } from "react";
import type { Session } from "zenobia-client";
import { decoded } from "../parts/image.tsx";
import { sessionPath } from "../server/rest.ts";
import { ended } from "../words.ts";

/** Milliseconds between pictures of a browser that is at work. */
const LOOK_EVERY = 1_000;

/** The newest picture, asked for anew while the session goes on; of one that has ended, its last. */
export function Pictures({ session, alt }: { session: Session; alt: string }) {
  const [url, setUrl] = useState<string | null>(null);
  const [missing, setMissing] = useState(false);
  const over = ended(session.status);
  const path = `${sessionPath(session.id)}/screenshot?format=jpeg&quality=70&encoding=binary`;

  useEffect(() => {
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let shown = "";
    const look = async () => {
      try {
        if (!document.hidden) {
          const next = await decoded(path, gone.signal);
          const last = shown;
          shown = next;
          setUrl(shown);
          setMissing(false);
          if (last) setTimeout(() => URL.revokeObjectURL(last), LOOK_EVERY);
        }
      } catch {
        if (!gone.signal.aborted && over) setMissing(true); // of one at work there will be a picture soon
      }
      if (!gone.signal.aborted && !over) timer = setTimeout(look, LOOK_EVERY);
    };
    void look();
    return () => {
      gone.abort();
      clearTimeout(timer);
      if (shown) setTimeout(() => URL.revokeObjectURL(shown), LOOK_EVERY);
    };
  }, [path, over]);

  if (missing) return <p className="missing">This session has left no picture.</p>;
  if (url === null) return <div className="waiting" aria-hidden="true" />;
  return <img src={url} alt={alt} className="shot" draggable={false} />;
}
