import { useState } from "react";
import type { Session } from "zenobia-client";
import { keepAsPage } from "../export/keep.ts";
import { RequestCard } from "../inbox/request.tsx";
import { Empty } from "../parts/empty.tsx";
import { Icon } from "../parts/icon.tsx";
import { trying } from "../parts/notes.tsx";
import { StatusMark } from "../parts/status.tsx";
import { address } from "../route.ts";
import { ended, headline } from "../words.ts";
import { Composer } from "./composer.tsx";
import { Controls } from "./controls.tsx";
import { Files } from "./files.tsx";
import { Outcome } from "./outcome.tsx";
import { pictureAt } from "./replay.ts";
import { Scrubber } from "./scrubber.tsx";
import { Stage } from "./stage.tsx";
import type { Known } from "./story.ts";
import { Timeline } from "./timeline.tsx";
import { Usage } from "./usage.tsx";
import { useStory } from "./use-story.ts";

/** One session: what its browser shows, what has happened, and everything a person can do about it. */
export function SessionPage({ id }: { id: string }) {
  const known = useStory(id);
  if (known.problem !== null) {
    return (
      <main className="session-missing">
        <Empty icon="warning" title="This session cannot be shown">
          <p dir="auto">{known.problem.message}</p>
          <p>
            <a href={address({ at: "sessions" })}>All sessions</a>
          </p>
        </Empty>
      </main>
    );
  }
  if (known.session === null) return <main className="session" aria-busy="true" />;
  return <Shown known={known} session={known.session} />;
}

function Shown({ known, session }: { known: Known; session: Session }) {
  const over = ended(session.status);
  const [picked, setPicked] = useState<number | null>(null);
  const at = over ? picked : null;
  const asked = session.pendingRequests.find((one) => one.kind === "approval")?.screenshotId ?? null;
  const picture = at === null ? asked : pictureAt(known.lines, at);
  return (
    <main className="session">
      <Head session={session} known={known} />
      <div className="watch">
        <Stage session={session} pictureId={picture} asked={asked !== null} />
        {over && known.count > 1 ? <Scrubber lines={known.lines} at={at ?? known.count - 1} move={setPicked} /> : null}
        {session.pendingRequests.map((request, index) => (
          <RequestCard
            key={request.id}
            request={request}
            keys={index === 0}
            picture={false}
            takeOver={null}
            settled={() => undefined}
          />
        ))}
        <Outcome session={session} />
        <Files session={session} />
        <Usage session={session} />
      </div>
      <div className="told">
        <Prompt session={session} />
        <Timeline lines={known.lines} count={known.count} current={at} pick={over ? setPicked : null} />
        {over ? null : <Composer session={session} />}
      </div>
    </main>
  );
}

function Head({ session, known }: { session: Session; known: Known }) {
  const [busy, setBusy] = useState(false);
  const keep = async () => {
    setBusy(true);
    await trying(() => keepAsPage(session, known.lines));
    setBusy(false);
  };
  return (
    <header className="session-head" aria-busy={busy}>
      <a className="button plain round" href={address({ at: "sessions" })} aria-label="All sessions">
        <Icon name="back" />
      </a>
      <h1 dir="auto">{headline(session.prompt, "Nothing asked yet")}</h1>
      <StatusMark status={session.status} />
      {session.queuePosition === null ? null : <span className="facts">Place {session.queuePosition}</span>}
      <Controls session={session} keep={keep} />
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
