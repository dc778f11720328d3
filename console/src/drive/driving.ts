import { useEffect, useMemo, useRef, useState } from "react";
import type { Client, ControlAck, InputAck, LiveWindow, Session, SessionAck } from "zenobia-client";
import { note, trying } from "../parts/notes.tsx";
import { useReading } from "../server/asking.ts";
import { useClient, useLink, watchOnly } from "../server/connection.ts";
import { sessionPath } from "../server/rest.ts";
import { ended } from "../words.ts";
import { drivesNoMore, Hands } from "./inputs.ts";

/** Milliseconds without a sign of the person after which the browser is left to time out. */
const AWAY = 120_000;

/** Milliseconds that handing back may take before one goes without it. */
const RELEASED_WITHIN = 3_000;

/** Milliseconds between two looks at who drives, while events go to another page. */
const ASK_EVERY = 1_000;

/** Who drives, and how one comes to and lets go. */
export interface Driving {
  /** The id by which this tab drives, if it does. */
  controlId: string | null;
  /** Whether somebody else drives. */
  elsewhere: boolean;
  private: boolean;
  hands: Hands | null;
  /** The browser's window as the last input left it. */
  window: LiveWindow | null;
  take(options?: { requestId?: string; force?: boolean }): Promise<void>;
  turnPrivate(): Promise<void>;
  /** Hand back; raises what kept it from that. */
  release(note: string, done: boolean): Promise<void>;
}

export function useDriving(session: Session): Driving {
  const client = useClient();
  const sessionId = session.id;
  const [held, hold] = useHeld(sessionId);
  const [window, setWindow] = useState<LiveWindow | null>(null);
  const control = useControl(session, held !== null);
  const controlId = held !== null && control?.since === held.since ? held.id : null; // it may be another's by now

  const hands = useMemo(() => {
    if (controlId === null) return null;
    const tell = (answer: InputAck) => {
      setWindow(answer.window);
      if (answer.copied) void keep(answer.copied); // copying nothing leaves the clipboard alone
    };
    const lost = (problem: Error) => {
      if (drivesNoMore(problem)) hold(null);
      note(problem.message, true);
    };
    return new Hands(client, { sessionId, controlId }, tell, lost);
  }, [client, sessionId, controlId, hold]);
  useStaying(hands, held?.timeout ?? 60);

  return {
    controlId,
    elsewhere: control !== null && controlId === null,
    private: control?.private === true,
    hands,
    window,
    take: async ({ requestId, force = false } = {}) => {
      const taken = await trying(() =>
        client.send("takeControl", { sessionId, force, ...(requestId ? { requestId } : {}) }),
      );
      if (taken !== null) hold(holdingOf(taken));
    },
    turnPrivate: async () => {
      if (controlId === null) return;
      await hands?.settled(); // what was typed in private is not done in the open
      await trying(() => client.send("takeControl", { sessionId, controlId, private: control?.private !== true }));
    },
    release: async (text, done) => {
      if (controlId === null) return;
      await hands?.settled();
      const said = text.trim() ? { note: text.trim() } : {};
      try {
        await client.send("releaseControl", { sessionId, controlId, done, ...said });
      } catch (problem) {
        if (!drivesNoMore(problem)) throw problem;
        note(problem.message);
      }
      hold(null);
    },
  };
}

/** Who drives, as far as is known: who drove and is told no more events asks whether the browser was taken. */
function useControl(session: Session, drove: boolean): Session["control"] {
  const told = useLink().active;
  const asked = drove && !told && !ended(session.status) ? sessionPath(session.id) : null;
  const newest = useReading<SessionAck>(asked, ASK_EVERY).answer?.session;
  return newest !== undefined && newest.lastSeq > session.lastSeq ? newest.control : session.control;
}

/** Take a session's browser over from elsewhere in the console; says whether that was done. */
export async function takeOver(client: Client, sessionId: string, requestId: string | null): Promise<boolean> {
  const asked = requestId === null ? {} : { requestId };
  const taken = await trying(() => client.send("takeControl", { sessionId, ...asked }));
  if (taken !== null) sessionStorage.setItem(nameOf(sessionId), JSON.stringify(holdingOf(taken)));
  return taken !== null;
}

/** Only watch from now on, once what this tab drives was handed back: who only watches cannot do that any more. */
export async function onlyWatch(client: Client): Promise<void> {
  for (const name of Object.keys(sessionStorage).filter((one) => one.startsWith(HELD))) {
    const { id: controlId } = JSON.parse(sessionStorage.getItem(name) ?? "") as Holding;
    const given = { sessionId: name.slice(HELD.length), controlId, done: false };
    try {
      await client.send("releaseControl", given, { tryFor: RELEASED_WITHIN });
    } catch (problem) {
      if (!drivesNoMore(problem)) note((problem as Error).message, true); // it is handed back once nobody is heard of
    }
    sessionStorage.removeItem(name);
  }
  watchOnly();
}

const HELD = "zenobia.drive.";

function nameOf(sessionId: string): string {
  return `${HELD}${sessionId}`;
}

/** By which id this tab drives a session, and since when: that tells whether it is still the one that does. */
interface Holding {
  id: string;
  since: number | null;
  /** Seconds after which a driver counts as gone who was not heard of. */
  timeout: number;
}

function holdingOf(taken: ControlAck): Holding {
  return { id: taken.controlId, since: taken.session.control?.since ?? null, timeout: taken.driverTimeout };
}

/** What this tab holds of the session: kept with the tab, so that a reload drives on. */
function useHeld(sessionId: string): [Holding | null, (holding: Holding | null) => void] {
  const name = nameOf(sessionId);
  const [held, setHeld] = useState<Holding | null>(() => JSON.parse(sessionStorage.getItem(name) ?? "null"));
  const hold = useMemo(
    () => (holding: Holding | null) => {
      if (holding === null) sessionStorage.removeItem(name);
      else sessionStorage.setItem(name, JSON.stringify(holding));
      setHeld(holding);
    },
    [name],
  );
  return [held, hold];
}

/** Say that the driver is there, for as long as there is a sign of one. */
function useStaying(hands: Hands | null, timeout: number): void {
  const seen = useRef(Date.now());
  useEffect(() => {
    if (hands === null) return;
    const sign = () => {
      seen.current = Date.now();
    };
    sign();
    const timer = setInterval(
      () => {
        if (!document.hidden && Date.now() - seen.current < AWAY) hands.stay();
      },
      Math.max(1_000, (timeout * 1000) / 3),
    );
    const signs = ["pointermove", "pointerdown", "keydown"] as const;
    for (const one of signs) addEventListener(one, sign, { passive: true });
    return () => {
      clearInterval(timer);
      for (const one of signs) removeEventListener(one, sign);
    };
  }, [hands, timeout]);
}

async function keep(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    note("Copied.");
  } catch {
    note("The system did not take what was copied.", true);
  }
}
