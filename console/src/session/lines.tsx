import type { ReactNode } from "react";
import type { SessionEvent } from "zenobia-client";
import { Icon, type IconName } from "../parts/icon.tsx";
import { clock, duration, SETTLED } from "../words.ts";
import { author, problem, sentence } from "./saying.ts";
import type { Line } from "./story.ts";

interface LineFacts {
  line: Line;
  /** Why the session has failed, where its result says so. */
  why: string | null;
  current: boolean;
  pick: (() => void) | null;
}

/** One thing that happened, as a sentence with its time. */
export function LineView({ line, why, current, pick }: LineFacts) {
  const { event } = line;
  const inside = (
    <>
      <Marker event={event} />
      <div className="said">
        <Sentence line={line} why={why} />
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
  if (event.eventType === "status" && event.status === "failed") return "error";
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
    case "status":
      return event.status === "failed" ? "cross" : null;
    case "warning":
      return "warning";
    case "result":
      return "check";
    default:
      return null;
  }
}

function Sentence({ line, why }: Pick<LineFacts, "line" | "why">): ReactNode {
  const { event, took } = line;
  switch (event.eventType) {
    case "message":
      return (
        <p dir="auto">
          <span className="author">{author(line)}</span>
          {event.data.text}
        </p>
      );
    case "action":
      return (
        <>
          <p dir="auto" title={event.data.because ?? undefined}>
            {sentence(line, why)}
          </p>
          <Aside took={took} step={event.data.step} steps={event.data.steps} problem={problem(line, why)} />
        </>
      );
    case "human_layer_decision": {
      const { decision, status } = event.data.request;
      return (
        <>
          <Said line={line} text={event.message} />
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
      return <Said line={line} text={sentence(line, why)} />;
  }
}

/** A sentence, and whose words are in it. */
function Said({ line, text }: { line: Line; text: string }) {
  const whose = author(line);
  return (
    <p dir="auto">
      {whose === null ? null : <span className="author">{whose}</span>}
      {text}
    </p>
  );
}

interface AsideFacts {
  took: number | null;
  step: number | null;
  steps: number | null;
  problem: string | null;
}

function Aside({ took, step, steps, problem }: AsideFacts) {
  const parts: string[] = [];
  if (step !== null) parts.push(steps === null ? `Step ${step}` : `Step ${step} of ${steps}`);
  if (took !== null && took >= 1000) parts.push(duration(took));
  if (problem !== null) parts.push(problem);
  if (parts.length === 0) return null;
  return (
    <p className="aside" dir="auto">
      {parts.join(" · ")}
    </p>
  );
}
