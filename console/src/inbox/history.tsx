import type { HumanLayerRequest, RequestsAck } from "zenobia-client";
import { Empty } from "../parts/empty.tsx";
import { address } from "../route.ts";
import { useReading } from "../server/asking.ts";
import { day, SETTLED } from "../words.ts";

/** Milliseconds between looks. */
const LOOK_EVERY = 10_000;

/** What people were asked before, and how it was settled: apart from what is pending, and never counted with it. */
export function History() {
  const { answer } = useReading<RequestsAck>("/api/human-layer/requests?settled=true&limit=200", LOOK_EVERY);
  if (answer === null) return null;
  if (answer.requests.length === 0) {
    return (
      <Empty icon="inbox" title="Nothing was ever asked">
        <p>Requests that are decided, or that nobody answered in time, are kept here.</p>
      </Empty>
    );
  }
  return (
    <ul className="history" aria-label="Settled requests, newest first">
      {answer.requests.map((request) => (
        <Settled key={request.id} request={request} />
      ))}
    </ul>
  );
}

function Settled({ request }: { request: HumanLayerRequest }) {
  const { decision } = request;
  return (
    <li data-status={request.status}>
      <a href={address({ at: "session", id: request.sessionId })}>
        <span className="word">{SETTLED[request.status]}</span>
        <span className="title" dir="auto">
          {request.author === "agent" ? <span className="author">The agent asked</span> : null}
          {request.action?.description ?? request.title}
          {decision?.reason ? <span className="facts">{decision.reason}</span> : null}
        </span>
        <span className="facts">{day(decision?.decidedAt ?? request.createdAt)}</span>
      </a>
    </li>
  );
}
