import { useEffect, useRef, useState } from "react";
import type { Box, LiveFrame, LiveWindow, Session } from "zenobia-client";
import { DriveBar } from "../drive/bar.tsx";
import type { Driving } from "../drive/driving.ts";
import { ChooserPanel, DialogPanel } from "../drive/panels.tsx";
import { Surface } from "../drive/surface.tsx";
import { Address, Tabs } from "../drive/tabs.tsx";
import { StoredImage } from "../parts/image.tsx";
import { nothingFocused } from "../parts/keys.ts";
import { useLink } from "../server/connection.ts";
import { picturePath } from "../server/rest.ts";
import { ended } from "../words.ts";
import { Live } from "./live.tsx";
import { Pictures } from "./pictures.tsx";

interface StageFacts {
  session: Session;
  /** The kept picture to show; without one, what the browser shows now. */
  pictureId: string | null;
  /** The address of the page that it shows, unless the browser itself is shown. */
  url: string | null;
  /** Whether this is a moment before the first picture that was kept. */
  early: boolean;
  /** Whether that picture is of what a person is asked about. */
  asked: boolean;
  /** Where what is acted on is in the window. */
  box: Box | null;
  driving: Driving;
}

/** The browser: its tabs, its address, and what it shows now or showed at some moment; and a person's hands on it. */
export function Stage({ session, pictureId, url, early, asked, box, driving }: StageFacts) {
  const online = useLink().state === "online";
  const [frame, setFrame] = useState<LiveWindow | null>(null);
  const live = !ended(session.status) && session.status !== "queued" && (pictureId === null || driving.hands !== null);
  const around = live ? (frame ?? driving.window) : null;
  const seen = live && online && frame !== null && !(driving.elsewhere && driving.private);
  const [wide, enlarge] = useState(false);
  const held = Boolean(around?.dialog || around?.chooser); // what the page asks then is to be in sight
  const large = wide && driving.hands !== null && !held;
  const view = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = view.current;
    if (large && box !== null) box.scrollLeft = (box.scrollWidth - box.clientWidth) / 2; // what matters is in the middle
  }, [large]);
  const place = useRef<HTMLElement>(null);
  const driven = driving.hands !== null;
  const drove = useRef(driven);
  useEffect(() => {
    if (drove.current && !driven && nothingFocused()) place.current?.focus({ preventScroll: true });
    drove.current = driven;
  }, [driven]);
  const mark = asked && !live ? "Asked about" : null;
  return (
    <figure ref={place} tabIndex={-1} className="stage" data-driven={driven}>
      {around === null ? null : <Tabs window={around} hands={driving.hands} />}
      <figcaption className="bar">
        <Address url={around?.url ?? url} hands={driving.hands} held={around?.dialog != null} />
        {seen && driving.hands === null ? <span className="live">Live</span> : null}
        {mark === null ? null : <span className="asked">{mark}</span>}
      </figcaption>
      <div ref={view} className="view" data-large={large}>
        {live ? (
          <LiveBrowser {...{ session, driving, box, large }} shown={setFrame} window={around} />
        ) : (
          <Still session={session} pictureId={pictureId} early={early} box={box} />
        )}
      </div>
      <DriveBar {...{ session, driving, large, enlarge }} />
    </figure>
  );
}

function altOf(session: Session): string {
  return session.title ? `The browser shows: ${session.title}` : "What the browser shows";
}

function Still({ session, pictureId, early, box }: Pick<StageFacts, "session" | "pictureId" | "early" | "box">) {
  const alt = altOf(session);
  if (early) return <p className="missing">No picture was kept up to this moment.</p>;
  if (pictureId !== null) {
    return (
      <div className="layer">
        <StoredImage path={picturePath(session.id, pictureId)} alt={alt} className="shot" />
        <Outline box={ended(session.status) ? box : null} />
      </div>
    );
  }
  if (session.status === "queued") return <p className="missing">Its browser opens when it is this session's turn.</p>;
  return <Pictures session={session} alt={alt} />;
}

interface LiveBrowserFacts {
  session: Session;
  driving: Driving;
  shown: (window: LiveWindow) => void;
  window: LiveWindow | null;
  box: Box | null;
  large: boolean;
}

/** Whether there is a mouse: where fingers point, the focus would bring up a keyboard that nobody asked for. */
const POINTED = matchMedia("(pointer: fine)");

/** A frame around what is acted on. */
function Outline({ box }: { box: Box | null }) {
  if (box === null) return null;
  const share = (part: number, whole: number) => `${(100 * part) / whole}%`;
  const place = { left: share(box.x, box.windowWidth), top: share(box.y, box.windowHeight) };
  const size = { width: share(box.width, box.windowWidth), height: share(box.height, box.windowHeight) };
  return <span className="outline" style={{ ...place, ...size }} aria-hidden="true" />;
}

function LiveBrowser({ session, driving, shown, window, box, large }: LiveBrowserFacts) {
  const [began, setBegan] = useState(false);
  const latest = useRef<LiveWindow | null>(window);
  const field = useRef<HTMLTextAreaElement>(null);
  latest.current = window;
  const { hands } = driving;
  const driven = hands !== null;
  useEffect(() => {
    if (began && driven && POINTED.matches && nothingFocused()) field.current?.focus({ preventScroll: true });
  }, [began, driven]);
  const show = (frame: LiveFrame) => {
    setBegan(true);
    const last = latest.current;
    if (last === null || JSON.stringify(last) !== JSON.stringify(frame.window)) shown(frame.window);
  };
  if (driving.elsewhere && driving.private) {
    return <p className="missing">A person drives in private. Nothing is shown or kept until they are done.</p>;
  }
  return (
    <>
      <div className="layer" hidden={!began}>
        <Live sessionId={session.id} controlId={driving.controlId} alt={altOf(session)} shown={show} large={large} />
        <Outline box={hands === null ? box : null} />
        {hands === null ? null : <Surface hands={hands} window={latest} field={field} large={large} />}
      </div>
      {began || driving.private ? null : <Pictures session={session} alt={altOf(session)} />}
      {hands !== null && window?.dialog ? (
        <DialogPanel key={JSON.stringify(window.dialog)} dialog={window.dialog} hands={hands} />
      ) : null}
      {hands !== null && window?.chooser ? (
        <ChooserPanel chooser={window.chooser} session={session} hands={hands} />
      ) : null}
    </>
  );
}
