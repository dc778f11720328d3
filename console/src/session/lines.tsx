import type { ReactNode } from "react";
import type { SessionEvent } from "zenobia-client";
import { Icon, type IconName } from "../parts/icon.tsx";
import { clock, duration, SETTLED } from "../words.ts";
import type { Line } from "./story.ts";

/** One thing that happened, as a sentence with its time. */
export function LineView({ line, current, pick }: { line: Line; current: boolean; pick: (() => void) | null }) {
  const { event } = line;
  const inside = (
    <>
      <Marker event={event} />
      <div className="said">
        <Sentence line={line} />
      </div>
      <time dateTime={new Date(event.timestamp).toISOString()}>{clock(event.timestamp)}</time>
    </>
  );
  const facts = { className: "line", "data-kind": kindOf(event), "data-current": current };
  if (pick === null) return <div {...facts}>{inside}</div>;
  return (
    <button type="button" {...facts} aria-current={current} onClick={pick}>
      {inside}
    </button>
  );
}

function kindOf(event: SessionEvent): string {
  if (event.eventType === "message") return `message-${event.data.author}`;
  if (event.eventType === "action") return `action-${event.data.phase}`;
  return event.eventType;
}

function Marker({ event }: { event: SessionEvent }) {
  const icon = markerOf(event);
  return <span className="marker">{icon === null ? <span className="bead" /> : <Icon name={icon} size={14} />}</span>;
}

function markerOf(event: SessionEvent): IconName | null {
  switch (event.eventType) {
    case "action":
      if (event.data.phase === "done") return "check";
      return event.data.phase === "started" ? null : "cross";
    case "human_layer_request":
    case "control":
      return "hand";
    case "human_layer_decision":
      return "shield";
    case "files":
      return "file";
    case "error":
      return "cross";
    case "warning":
      return "warning";
    case "result":
      return "check";
    default:
      return null;
  }
}

function Sentence({ line: { event, took } }: { line: Line }): ReactNode {
  switch (event.eventType) {
    case "message":
      return (
        <p dir="auto">
          <span className="author">{event.data.author === "user" ? "You" : "Agent"}</span>
          {event.data.text}
        </p>
      );
    case "action":
      return (
        <>
          <p dir="auto">{event.message}</p>
          <Aside took={took} step={event.data.step} steps={event.data.steps} because={event.data.because} />
        </>
      );
    case "human_layer_decision": {
      const { decision, status } = event.data.request;
      return (
        <>
          <p dir="auto">{event.message}</p>
          {decision?.reason ? (
            <p className="aside" dir="auto">
              {SETTLED[status]}: {decision.reason}
            </p>
          ) : null}
        </>
      );
    }
    case "control":
      return (
        <>
          <p dir="auto">{event.message}</p>
          {event.data.did.length > 0 ? (
            <p className="aside" dir="auto">
              {event.data.did.join(" ")}
            </p>
          ) : null}
          {event.data.note ? (
            <p className="aside" dir="auto">
              <q>{event.data.note}</q>
            </p>
          ) : null}
        </>
      );
    default:
      return <p dir="auto">{event.message}</p>;
  }
}

interface AsideFacts {
  took: number | null;
  step: number | null;
  steps: number | null;
  because: string | null;
}

function Aside({ took, step, steps, because }: AsideFacts) {
  const parts: string[] = [];
  if (step !== null) parts.push(steps === null ? `Step ${step}` : `Step ${step} of ${steps}`);
  if (took !== null && took >= 1000) parts.push(duration(took));
  if (because !== null) parts.push(because);
  if (parts.length === 0) return null;
  return (
    <p className="aside" dir="auto">
      {parts.join(" · ")}
    </p>
  );
}
