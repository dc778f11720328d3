import { useState } from "react";
import type { Session } from "zenobia-client";
import { Export } from "../export/sheet.tsx";
import { Icon } from "../parts/icon.tsx";
import { trying } from "../parts/notes.tsx";
import { Sheet } from "../parts/sheet.tsx";
import { go } from "../route.ts";
import { useCanAct, useClient } from "../server/connection.ts";
import { ended } from "../words.ts";
import type { Line } from "./story.ts";

/** Hold it, let it go on, end it; of one that has ended: keep it or throw it away. */
export function Controls({ session, lines }: { session: Session; lines: readonly Line[] }) {
  return ended(session.status) ? <Over session={session} lines={lines} /> : <Going session={session} />;
}

function Over({ session, lines }: { session: Session; lines: readonly Line[] }) {
  const client = useClient();
  const canAct = useCanAct();
  const [sure, setSure] = useState(false);
  return (
    <div className="controls">
      <Export session={session} lines={lines} />
      <button
        type="button"
        className="plain round"
        aria-label="Delete"
        disabled={!canAct}
        onClick={() => setSure(true)}
      >
        <Icon name="trash" />
      </button>
      {sure ? (
        <Sure
          title="Delete this session?"
          text="Its events, requests and pictures are deleted with it. This cannot be undone."
          word="Delete"
          close={() => setSure(false)}
          act={async () => {
            const done = await trying(() => client.send("deleteSession", { sessionId: session.id }));
            if (done !== null) go({ at: "sessions" });
          }}
        />
      ) : null}
    </div>
  );
}

function Going({ session }: { session: Session }) {
  const client = useClient();
  const canAct = useCanAct();
  const [sure, setSure] = useState(false);
  const [busy, setBusy] = useState(false);
  const sessionId = session.id;
  const turn = (command: "pauseSession" | "resumeSession") => async () => {
    setBusy(true);
    await trying(() => client.send(command, { sessionId }));
    setBusy(false);
  };
  return (
    <div className="controls">
      {session.status === "paused" ? (
        <button type="button" className="primary" disabled={!canAct || busy} onClick={turn("resumeSession")}>
          <Icon name="play" /> Resume
        </button>
      ) : null}
      {session.status === "running" ? (
        <button type="button" disabled={!canAct || busy} onClick={turn("pauseSession")}>
          <Icon name="pause" /> Pause
        </button>
      ) : null}
      <button type="button" disabled={!canAct} onClick={() => setSure(true)}>
        <Icon name="stop" /> Cancel
      </button>
      {sure ? (
        <Sure
          title="Cancel this session?"
          text="Nothing more is done in its browser. What it has found so far stays."
          word="Cancel the session"
          close={() => setSure(false)}
          act={() => trying(() => client.send("cancelSession", { sessionId }))}
        />
      ) : null}
    </div>
  );
}

interface SureFacts {
  title: string;
  text: string;
  word: string;
  close: () => void;
  act: () => Promise<unknown>;
}

function Sure({ title, text, word, close, act }: SureFacts) {
  return (
    <Sheet title={title} close={close}>
      <p>{text}</p>
      <div className="buttons">
        <button
          type="button"
          className="danger"
          onClick={() => {
            close();
            void act();
          }}
        >
          {word}
        </button>
        <button type="button" className="plain" onClick={close}>
          No
        </button>
      </div>
    </Sheet>
  );
}
