import { type FormEvent, useEffect, useRef, useState } from "react";
import type { HumanLayerRequest, ProposedAction, SendOptions } from "zenobia-client";
import { drop, useDraft } from "../parts/draft.ts";
import { Icon } from "../parts/icon.tsx";
import { StoredImage } from "../parts/image.tsx";
import { useShortcuts } from "../parts/keys.ts";
import { useNow } from "../parts/now.ts";
import { useCanAct } from "../server/connection.ts";
import { picturePath } from "../server/rest.ts";
import { AGENTS_WORDS, duration, KIND } from "../words.ts";
import { useAnswering } from "./answering.ts";
import { asText, draftFor, readWritten, type Written } from "./lasting.ts";

/** Milliseconds that a request must have been in sight before it may be approved: it may just have taken another's place. */
const SEEN_FOR = 700;

interface RequestFacts {
  request: HumanLayerRequest;
  /** Whether it still waits for an answer; else it is shown for what was written here and not sent. */
  waits: boolean;
  /** Whether keys are meant for this one. */
  keys: boolean;
  picture: boolean;
  takeOver: (() => void) | null;
  settled: () => void;
}

/** What a person is asked: exactly what will happen, what it looks like, how long there is, and every answer. */
export function RequestCard({ request, waits, keys, picture, takeOver, settled }: RequestFacts) {
  const { action } = request;
  return (
    <article className="request" aria-label={request.title} data-kind={request.kind}>
      <header>
        <span className="kind">{action?.kind ? `${KIND[request.kind]}: ${action.kind}` : KIND[request.kind]}</span>
        {waits ? <TimeLeft until={request.expiresAt} /> : null}
      </header>
      {request.author === "agent" ? <p className="author">{AGENTS_WORDS}</p> : null}
      <h2 dir="auto">{action?.description ?? request.title}</h2>
      {request.reason ? (
        <p className="why" dir="auto">
          {request.reason}
        </p>
      ) : null}
      {action === null ? null : <Exactly action={action} />}
      {picture && request.screenshotId !== null ? (
        <StoredImage
          path={picturePath(request.sessionId, request.screenshotId)}
          alt="The page, with a frame around what is meant"
          className="evidence-picture"
        />
      ) : null}
      {waits ? (
        <Answers key={request.id} request={request} keys={keys} takeOver={takeOver} settled={settled} />
      ) : (
        <Unsent request={request} />
      )}
    </article>
  );
}

function TimeLeft({ until }: { until: number }) {
  const now = useNow();
  const left = until - now;
  return (
    <span className="left" data-short={left < 300_000}>
      {left > 0 ? `${duration(left)} left` : "out of time"}
    </span>
  );
}

function Exactly({ action }: { action: ProposedAction }) {
  return (
    <dl className="exactly">
      {action.target ? (
        <div>
          <dt>On</dt>
          <dd dir="auto">{action.target}</dd>
        </div>
      ) : null}
      {action.pageUrl ? (
        <div>
          <dt>Page</dt>
          <dd className="address" dir="ltr">
            {action.pageUrl}
          </dd>
        </div>
      ) : null}
      {Object.entries(action.values)
        .filter(([name, value]) => value !== false && !action.editable.includes(name))
        .map(([name, value]) => (
          <div key={name}>
            <dt dir="auto">{name}</dt>
            <dd dir="auto">{shown(value)}</dd>
          </div>
        ))}
    </dl>
  );
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

type Mode = "deciding" | "denying";

function Answers({ request, keys, takeOver, settled }: Omit<RequestFacts, "picture" | "waits">) {
  const canAct = useCanAct();
  const answering = useAnswering(request);
  const { action, allowed } = request;
  const draft = useDraft(draftFor(request));
  const written = readWritten(draft);
  const write = (changes: Partial<Written>) => draft.write(asText({ ...written, ...changes }));
  const { answer: text, reason, values } = written;
  const [mode, setMode] = useState<Mode>(reason === "" ? "deciding" : "denying");
  const [forSession, setForSession] = useState(false);
  const seen = useSeen();
  const firstEdit = useRef<HTMLInputElement>(null);
  const answer = useRef<HTMLTextAreaElement>(null);
  const can = (verdict: (typeof allowed)[number]) => allowed.includes(verdict);
  const off = !canAct || draft.busy;

  const settle = async (how: string, send: (by: SendOptions) => Promise<void>) => {
    if (off || (await draft.send(({ commandId }) => send({ commandId }), how)) === null) return;
    drop(draftFor(request)); // also what was written meanwhile: nobody reads it
    settled();
  };
  const approve = () => {
    const how = forSession ? "approve for the session" : "approve";
    return seen ? settle(how, (by) => answering.approve(changed(action, values), forSession, by)) : undefined;
  };
  const respond = () => (text.trim() ? settle("respond", (by) => answering.respond(text, by)) : undefined);
  useShortcuts(
    keys
      ? {
          a: can("approve") ? approve : undefined,
          d: can("deny") ? () => setMode("denying") : undefined,
          e: action?.editable.length ? () => firstEdit.current?.focus() : undefined,
          r: can("respond") ? () => answer.current?.focus() : undefined,
          t: takeOver !== null && !off ? takeOver : undefined,
        }
      : {},
  );
  if (mode === "denying") {
    return (
      <Denying
        off={off}
        reason={reason}
        write={(next) => write({ reason: next })}
        deny={() => settle("deny", (by) => answering.deny(reason, by))}
        back={() => {
          write({ reason: "" });
          setMode("deciding");
        }}
      />
    );
  }
  return (
    <div className="answers">
      {action?.editable.map((name, index) => (
        <label key={name} className="edit">
          <span dir="auto">{name}</span>
          <input
            ref={index === 0 ? firstEdit : null}
            dir="auto"
            value={values[name] ?? shown(action.values[name] ?? "")}
            disabled={!can("approve")}
            onChange={(event) => write({ values: { ...values, [name]: event.target.value } })}
          />
        </label>
      ))}
      {can("respond") ? (
        <label className="edit">
          <span>Answer</span>
          <textarea
            ref={answer}
            rows={2}
            dir="auto"
            value={text}
            onChange={(event) => write({ answer: event.target.value })}
          />
        </label>
      ) : null}
      {can("approve") && action?.kind ? (
        <label className="tick">
          <input type="checkbox" checked={forSession} onChange={(event) => setForSession(event.target.checked)} />
          <span>
            Also allow the same kind of thing at <bdi>{action.origin ?? "this site"}</bdi> for the rest of this session
          </span>
        </label>
      ) : null}
      <div className="buttons">
        {can("respond") ? (
          <button
            type="button"
            className={can("approve") ? "" : "primary"}
            disabled={off || !text.trim()}
            onClick={respond}
          >
            Send answer
          </button>
        ) : null}
        {can("approve") ? (
          <button type="button" className="primary" disabled={off || !seen} onClick={approve}>
            <Icon name="check" /> {request.kind === "help" ? "It is done" : "Approve"} {keys ? <kbd>A</kbd> : null}
          </button>
        ) : null}
        {can("deny") ? (
          <button type="button" disabled={off} onClick={() => setMode("denying")}>
            Deny {keys ? <kbd>D</kbd> : null}
          </button>
        ) : null}
        {takeOver === null ? null : (
          <button type="button" className="plain" disabled={off} onClick={takeOver}>
            <Icon name="hand" /> Take over {keys ? <kbd>T</kbd> : null}
          </button>
        )}
      </div>
    </div>
  );
}

/** Whether the request has been in sight long enough to be approved. */
function useSeen(): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSeen(true), SEEN_FOR);
    return () => clearTimeout(timer);
  }, []);
  return seen;
}

/** The values that a person made different from those that were proposed. */
function changed(action: ProposedAction | null, values: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => value !== shown(action?.values[name] ?? "")),
  );
}

/** What somebody was writing when the request was settled elsewhere, or its time was up. */
function Unsent({ request }: { request: HumanLayerRequest }) {
  const name = draftFor(request);
  const draft = useDraft(name);
  const { answer, reason, values } = readWritten(draft);
  const edited = Object.entries(values).map(([field, value]) => `${field}: ${value}`);
  if (draft.busy) return null; // it may just have been settled with this
  return (
    <div className="answers">
      <label className="edit" role="alert">
        <span>This was settled meanwhile, or its time is up. What you wrote was not sent.</span>
        <textarea readOnly rows={2} dir="auto" value={[answer, reason, ...edited].filter(Boolean).join("\n")} />
      </label>
      <div className="buttons">
        <button type="button" onClick={() => drop(name)}>
          Close
        </button>
      </div>
    </div>
  );
}

interface DenyingFacts {
  off: boolean;
  reason: string;
  write: (reason: string) => void;
  deny: () => void;
  back: () => void;
}

function Denying({ off, reason, write, deny, back }: DenyingFacts) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const send = (event: FormEvent) => {
    event.preventDefault();
    deny();
  };
  return (
    <form className="answers" onSubmit={send} onKeyDown={(event) => event.key === "Escape" && back()}>
      <label className="edit">
        <span>Why not? The agent reads this. You may leave it empty.</span>
        <input
          ref={field}
          dir="auto"
          maxLength={10_000}
          value={reason}
          onChange={(event) => write(event.target.value)}
        />
      </label>
      <div className="buttons">
        <button type="submit" className="danger" disabled={off}>
          Deny
        </button>
        <button type="button" className="plain" onClick={back}>
          Back
        </button>
      </div>
    </form>
  );
}
