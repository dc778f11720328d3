import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ListSessionsAck, Session, Status } from "zenobia-client";
import { Empty } from "../parts/empty.tsx";
import { Icon } from "../parts/icon.tsx";
import { useNow } from "../parts/now.ts";
import { StatusMark } from "../parts/status.tsx";
import { address } from "../route.ts";
import { useReading } from "../server/asking.ts";
import { get } from "../server/rest.ts";
import { ago, headline, STATUS } from "../words.ts";

/** Sessions of one page, and milliseconds between looks at the newest of them. */
const PAGE = 100;
const LOOK_EVERY = 2_000;

/** All sessions, newest first; older ones are read as one comes near them. */
export function Sessions() {
  const [status, setStatus] = useState<Status | "">("");
  return (
    <main className="sessions">
      <header className="page-head">
        <h1>Sessions</h1>
        <label className="choose">
          <span className="hidden">Show</span>
          <select value={status} onChange={(event) => setStatus(event.target.value as Status | "")}>
            <option value="">All</option>
            {Object.entries(STATUS).map(([word, name]) => (
              <option key={word} value={word}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </header>
      <List key={status} status={status} />
    </main>
  );
}

function List({ status }: { status: Status | "" }) {
  const { sessions, problem, loaded, more } = useSessions(status);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: sessions.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 68,
    getItemKey: (index) => sessions[index]?.id ?? index,
    overscan: 6,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= sessions.length - 10) more();
  }, [last, sessions.length, more]);

  if (loaded && sessions.length === 0) return <NoSessions status={status} />;
  if (!loaded && problem !== null) {
    return (
      <Empty icon="warning" title="The sessions cannot be read">
        <p dir="auto">{problem.message}</p>
      </Empty>
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="scroller" ref={scroller} tabIndex={0} aria-label="List of sessions">
      <ul className="rows" style={{ height: rows.getTotalSize() }}>
        {shown.map((row) => {
          const session = sessions[row.index];
          return session === undefined ? null : (
            <li
              key={row.key}
              data-index={row.index}
              ref={rows.measureElement}
              style={{ transform: `translateY(${row.start}px)` }}
            >
              <SessionRow session={session} />
            </li>
          );
        })}
      </ul>
    </section>
  );
}

export function SessionRow({ session }: { session: Session }) {
  const now = useNow();
  return (
    <a className="session-row" href={address({ at: "session", id: session.id })}>
      <span className="title" dir="auto">
        {headline(session.prompt, "Nothing asked yet")}
      </span>
      <span className="facts">
        <StatusMark status={session.status} />
        <span>{ago(session.createdAt, now)}</span>
        <span dir="auto">{session.type}</span>
        {session.url ? (
          <span className="url" dir="ltr">
            {session.url}
          </span>
        ) : null}
      </span>
    </a>
  );
}

function NoSessions({ status }: { status: Status | "" }) {
  return (
    <Empty icon="list" title={status === "" ? "No sessions yet" : "No such sessions"}>
      <p>
        <a className="button primary" href={address({ at: "start" })}>
          <Icon name="plus" /> Start one
        </a>
      </p>
    </Empty>
  );
}

interface Found {
  sessions: readonly Session[];
  loaded: boolean;
  problem: Error | null;
  more: () => void;
}

/** The newest page, read again and again, and the older ones as they were when they were read. */
function useSessions(status: Status | ""): Found {
  const query = `limit=${PAGE}${status && `&status=${status}`}`;
  const { answer, problem } = useReading<ListSessionsAck>(`/api/sessions?${query}`, LOOK_EVERY);
  const [older, setOlder] = useState<readonly Session[]>([]);
  const [whole, setWhole] = useState(false);
  const reading = useRef(false);

  useEffect(() => {
    if (!answer?.more) return; // once newer ones push them out, these are on no page that is read again
    setOlder((before) => [...new Map([...before, ...answer.sessions].map((one) => [one.id, one])).values()]);
  }, [answer]);

  const sessions = useMemo(() => {
    const known = new Map<string, Session>();
    for (const one of answer?.sessions ?? []) known.set(one.id, one);
    for (const one of older) if (!known.has(one.id)) known.set(one.id, one);
    return [...known.values()].sort((one, other) => (one.id < other.id ? 1 : -1));
  }, [answer, older]);

  const oldest = sessions.at(-1)?.id;
  const there = answer?.more === true && !whole;
  const more = useCallback(() => {
    if (!there || reading.current || oldest === undefined) return;
    reading.current = true;
    get<ListSessionsAck>(`/api/sessions?${query}&before=${encodeURIComponent(oldest)}`)
      .then(
        (page) => {
          setOlder((before) => [...before, ...page.sessions]);
          if (!page.more) setWhole(true);
        },
        () => undefined, // asked again at the next scroll
      )
      .finally(() => {
        reading.current = false;
      });
  }, [there, oldest, query]);
  return { sessions, loaded: answer !== null, problem, more };
}
