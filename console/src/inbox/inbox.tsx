import { useEffect, useRef, useState } from "react";
import type { HumanLayerRequest } from "zenobia-client";
import { takeOver } from "../drive/driving.ts";
import { Empty } from "../parts/empty.tsx";
import { Icon } from "../parts/icon.tsx";
import { useShortcuts } from "../parts/keys.ts";
import { useNow } from "../parts/now.ts";
import { address, go } from "../route.ts";
import { triedAgain } from "../server/asking.ts";
import { useClient, useLink } from "../server/connection.ts";
import { ago, KIND } from "../words.ts";
import { mayAsk, useCalling } from "./calling.ts";
import { History } from "./history.tsx";
import { useLasting } from "./lasting.ts";
import { usePending } from "./pending.ts";
import { RequestCard } from "./request.tsx";

const NONE: readonly HumanLayerRequest[] = [];

/** What people are asked, over all sessions, oldest first. */
export function Inbox() {
  const { answer, problem, again } = usePending();
  const [chosen, setChosen] = useState<string | null>(null);
  const client = useClient();
  const [past, setPast] = useState(false);
  const pending = answer?.requests ?? NONE;
  const lasting = useLasting(pending);
  const requests = past ? NONE : lasting;
  const place = Math.max(
    0,
    requests.findIndex((one) => one.id === chosen),
  );
  const request = requests[place];
  const step = (by: number) => setChosen(requests[Math.min(requests.length - 1, Math.max(0, place + by))]?.id ?? null);
  const drive = async (asked: HumanLayerRequest) => {
    const requestId = asked.kind === "help" ? asked.id : null;
    if (await takeOver(client, asked.sessionId, requestId)) go({ at: "session", id: asked.sessionId });
  };
  const next = () => step(1);
  const previous = () => step(-1);
  useShortcuts({
    j: next,
    k: previous,
    ArrowDown: next,
    ArrowUp: previous,
    Enter: request && (() => go({ at: "session", id: request.sessionId })),
  });
  return (
    <main className="inbox">
      <header className="page-head">
        <h1>Inbox</h1>
        <CallMe />
        <button type="button" aria-pressed={past} onClick={() => setPast(!past)}>
          {past ? "What is pending" : "History"}
        </button>
      </header>
      {problem !== null && answer !== null ? <Old problem={problem} /> : null}
      {past ? (
        <History />
      ) : request === undefined ? (
        <Nothing loaded={answer !== null} problem={problem} />
      ) : (
        <div className="desk">
          <ul className="queue" aria-label="Pending requests, oldest first">
            {requests.map((one) => (
              <Row key={one.id} request={one} current={one === request} pick={() => setChosen(one.id)} />
            ))}
          </ul>
          <div className="open">
            <RequestCard
              key={request.id}
              request={request}
              waits={pending.includes(request)}
              keys
              picture
              takeOver={() => void drive(request)}
              settled={() => {
                setChosen(requests[place + 1]?.id ?? null);
                again();
              }}
            />
            <a className="onward" href={address({ at: "session", id: request.sessionId })}>
              Open its session <kbd>Enter</kbd>
            </a>
          </div>
        </div>
      )}
    </main>
  );
}

function Row({ request, current, pick }: { request: HumanLayerRequest; current: boolean; pick: () => void }) {
  const now = useNow();
  const item = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (current) item.current?.scrollIntoView({ block: "nearest" });
  }, [current]);
  return (
    <li>
      <button ref={item} type="button" className="item" aria-current={current} onClick={pick}>
        <span className="top">
          <span className="kind">{KIND[request.kind]}</span>
          <span className="facts">{ago(request.createdAt, now)}</span>
        </span>
        {request.author === "agent" ? <span className="author">The agent asks</span> : null}
        <span className="title" dir="auto">
          {request.action?.description ?? request.title}
        </span>
        {request.action?.origin ? (
          <span className="facts" dir="ltr">
            {request.action.origin}
          </span>
        ) : null}
      </button>
    </li>
  );
}

function Nothing({ loaded, problem }: { loaded: boolean; problem: Error | null }) {
  if (!loaded && problem !== null) {
    return (
      <Empty icon="warning" title="The inbox cannot be read">
        <p dir="auto">{problem.message}</p>
        {triedAgain(problem) ? <p>It is tried again by itself.</p> : null}
      </Empty>
    );
  }
  if (!loaded || problem !== null) return null;
  return (
    <Empty icon="inbox" title="Nobody needs you">
      <p>When a session asks for an approval, an answer or a helping hand, it is shown here, oldest first.</p>
    </Empty>
  );
}

/** What is shown was true when it was read last: whether it still is, nobody knows. Being offline is said on every page. */
function Old({ problem }: { problem: Error }) {
  if (useLink().state !== "online") return null;
  return (
    <div className="banner" role="alert" data-tone="bad">
      <Icon name="warning" />
      <p dir="auto">
        The inbox cannot be read now: what you see may be old.{" "}
        {triedAgain(problem) ? "It is tried again." : problem.message}
      </p>
    </div>
  );
}

/** Whether one is called when nobody looks. Off, until it is asked for here. */
function CallMe() {
  const { on, turn } = useCalling();
  if (!mayAsk()) return null;
  return (
    <button
      type="button"
      aria-pressed={on}
      onClick={() => void turn()}
      title="When somebody needs you, and no console is in sight"
    >
      <Icon name="bell" /> Call me
    </button>
  );
}
