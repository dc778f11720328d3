import { useEffect, useState } from "react";
import type { Session } from "zenobia-client";
import { Icon } from "../parts/icon.tsx";
import { StoredImage } from "../parts/image.tsx";
import { blob, picturePath, sessionPath } from "../server/rest.ts";
import { ended } from "../words.ts";

/** Milliseconds between pictures of a browser that is at work. */
const LOOK_EVERY = 1_000;

interface StageFacts {
  session: Session;
  /** The kept picture to show; without one, what the browser shows now. */
  pictureId: string | null;
  /** Whether that picture is of what a person is asked about. */
  asked: boolean;
}

/** The browser: its address, and what it shows now or showed at some moment. */
export function Stage({ session, pictureId, asked }: StageFacts) {
  const live = !ended(session.status) && pictureId === null;
  return (
    <figure className="stage">
      <figcaption className="bar">
        <Icon name="globe" size={15} />
        <span className="url" dir="ltr" title={session.url ?? ""}>
          {session.url ?? "No page yet"}
        </span>
        {live && session.status !== "queued" ? <span className="live">Live</span> : null}
        {asked ? <span className="asked">What you are asked about</span> : null}
      </figcaption>
      <div className="view">
        <View session={session} pictureId={pictureId} />
      </div>
    </figure>
  );
}

function View({ session, pictureId }: { session: Session; pictureId: string | null }) {
  const alt = session.title ? `The browser shows: ${session.title}` : "What the browser shows";
  if (pictureId !== null) return <StoredImage path={picturePath(session.id, pictureId)} alt={alt} className="shot" />;
  if (session.status === "queued") return <p className="missing">Its browser opens when it is this session's turn.</p>;
  return <Pictures session={session} alt={alt} />;
}

/** The newest picture, asked for anew while somebody looks. */
function Pictures({ session, alt }: { session: Session; alt: string }) {
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
          const data = await blob(path, gone.signal);
          const last = shown;
          shown = URL.createObjectURL(data);
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
