import { useState } from "react";
import { type HumanLayerRequest, type PicturesAck, Refused, type Session } from "zenobia-client";
import { type Driving, useDriving } from "../drive/driving.ts";
import { useLasting } from "../inbox/lasting.ts";
import { RequestCard } from "../inbox/request.tsx";
import { Empty } from "../parts/empty.tsx";
import { Icon } from "../parts/icon.tsx";
import { StatusMark } from "../parts/status.tsx";
import { address } from "../route.ts";
import { useReading } from "../server/asking.ts";
import { useCanAct } from "../server/connection.ts";
import { sessionPath } from "../server/rest.ts";
import { ended, headline } from "../words.ts";
import { Composer } from "./composer.tsx";
import { Controls } from "./controls.tsx";
import { Files } from "./files.tsx";
import { Outcome } from "./outcome.tsx";
import { addressAt, boxAt, pictureAt } from "./replay.ts";
import { Scrubber } from "./scrubber.tsx";
import { Stage } from "./stage.tsx";
import type { Known, Line } from "./story.ts";
import { Timeline } from "./timeline.tsx";
import { Usage } from "./usage.tsx";
import { useStory } from "./use-story.ts";

/** One session: what its browser shows, what has happened, and everything a person can do about it. */
export function SessionPage({ id }: { id: string }) {
  const known = useStory(id);
  if (known.problem !== null) return <Missing problem={known.problem} />;
  if (known.session === null) {
    return (
      <main className="session-missing" aria-busy="true">
        <h1 className="loading">Loading …</h1>
      </main>
    );
  }
  return <Shown known={known} session={known.session} />;
}

function Missing({ problem }: { problem: Error }) {
  return (
    <main className="session-missing">
      <Empty icon="warning" title="This session cannot be shown" whole>
        <p dir="auto">{problem.message}</p>
        <p>
          <a href={address({ at: "sessions" })}>All sessions</a>
        </p>
      </Empty>
    </main>
  );
}

/** Milliseconds between two looks at whether an ended session is still there: nothing is told of its deletion. */
const LOOK_EVERY = 5_000;

function Shown({ known, session }: { known: Known; session: Session }) {
  const over = ended(session.status);
  const driving = useDriving(session);
  const [picked, setPicked] = useState<number | null>(null);
  if (!over && picked !== null) setPicked(null); // a session that goes on ends at another moment
  const at = over ? picked : null;
  const asked = session.pendingRequests.find((one) => one.kind === "approval")?.screenshotId ?? null;
  const lasting = useLasting(session.pendingRequests);
  const pictures = useReading<PicturesAck>(over ? `${sessionPath(session.id)}/pictures` : null, LOOK_EVERY);
  const kept = pictures.answer?.pictures ?? [];
  const moment = at === null ? undefined : known.lines[at];
  const picture = at === null ? asked : pictureAt(kept, moment);
  const doing = over ? moment : known.lines[known.count - 1];
  if (pictures.problem instanceof Refused && pictures.problem.code === "unknown_session")
    return <Missing problem={pictures.problem} />;
  return (
    <main className="session">
      <Head session={session} known={known} driving={driving} />
      <div className="watch">
        <Stage
          session={session}
          pictureId={picture}
          url={at === null ? session.url : addressAt(known.lines, at)}
          early={at !== null && picture === null}
          asked={asked !== null}
          box={over || !isOver(doing) ? boxAt(doing) : null}
          driving={driving}
        />
        {over && known.count > 1 ? <Scrubber lines={known.lines} at={at ?? known.count - 1} move={setPicked} /> : null}
        {lasting.map((request) => (
          <RequestCard
            key={request.id}
            request={request}
            waits={session.pendingRequests.includes(request)}
            keys={request === session.pendingRequests[0]}
            picture={false}
            takeOver={canTake(session, driving) ? () => driving.take(reasonFor(request)) : null}
            settled={() => undefined}
          />
        ))}
        <Outcome session={session} />
        <Files session={session} />
        <Usage session={session} rested={known.rested} />
      </div>
      <div className="told">
        <Prompt session={session} />
        <Timeline
          lines={known.lines}
          count={known.count}
          why={over ? (session.error?.error ?? null) : null}
          current={at}
          pick={over ? setPicked : null}
        />
        <Composer session={session} />
      </div>
    </main>
  );
}

/** Whether a line is of something that is over: what was outlined may be elsewhere by now. */
function isOver(line: Line | undefined): boolean {
  return line?.event.eventType === "action" && line.event.data.phase !== "started";
}

/** Whether the browser is there to be taken over, and nobody has it. */
function canTake(session: Session, driving: Driving): boolean {
  return session.control === null && driving.hands === null && !ended(session.status) && session.status !== "queued";
}

/** A request for help is settled by handing back; an approval is not: it is asked again if the page has changed. */
function reasonFor(request: HumanLayerRequest): { requestId?: string } {
  return request.kind === "help" ? { requestId: request.id } : {};
}

function Head({ session, known, driving }: { session: Session; known: Known; driving: Driving }) {
  const canAct = useCanAct();
  return (
    <header className="session-head">
      <a className="button plain round" href={address({ at: "sessions" })} aria-label="All sessions">
        <Icon name="back" />
      </a>
      <h1 dir="auto">{headline(session.prompt, "Nothing asked yet")}</h1>
      <StatusMark status={session.status} />
      {session.queuePosition === null ? null : <span className="facts">Place {session.queuePosition}</span>}
      {canTake(session, driving) ? (
        <button type="button" disabled={!canAct} onClick={() => driving.take()}>
          <Icon name="hand" /> Take over
        </button>
      ) : null}
      <Controls session={session} lines={known.lines} />
    </header>
  );
}

function Prompt({ session }: { session: Session }) {
  if (session.prompt === null || !session.prompt.includes("\n")) return null;
  return (
    <details className="whole-prompt">
      <summary>The whole prompt</summary>
      <pre dir="auto">{session.prompt}</pre>
    </details>
  );
}
