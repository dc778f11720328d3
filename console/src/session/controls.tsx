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
  const client = useClient();
  const canAct = useCanAct();
  const [sure, setSure] = useState<"cancel" | "delete" | null>(null);
  const sessionId = session.id;
  if (ended(session.status)) {
    return (
      <div className="controls">
        <Export session={session} lines={lines} />
        <button
          type="button"
          className="plain round"
          aria-label="Delete"
          disabled={!canAct}
          onClick={() => setSure("delete")}
        >
          <Icon name="trash" />
        </button>
        {sure === "delete" ? (
          <Sure
            title="Delete this session?"
            text="Its events, requests and pictures are deleted with it. This cannot be undone."
            word="Delete"
            close={() => setSure(null)}
            act={async () => {
              const done = await trying(() => client.send("deleteSession", { sessionId }));
              if (done !== null) go({ at: "sessions" });
            }}
          />
        ) : null}
      </div>
    );
  }
  return (
    <div className="controls">
      {session.status === "paused" ? (
        <button
          type="button"
          className="primary"
          disabled={!canAct}
          onClick={() => trying(() => client.send("resumeSession", { sessionId }))}
        >
          <Icon name="play" /> Resume
        </button>
      ) : null}
      {session.status === "running" ? (
        <button
          type="button"
          disabled={!canAct}
          onClick={() => trying(() => client.send("pauseSession", { sessionId }))}
        >
          <Icon name="pause" /> Pause
        </button>
      ) : null}
      <button type="button" disabled={!canAct} onClick={() => setSure("cancel")}>
        <Icon name="stop" /> Cancel
      </button>
      {sure === "cancel" ? (
        <Sure
          title="Cancel this session?"
          text="Nothing more is done in its browser. What it has found so far stays."
          word="Cancel the session"
          close={() => setSure(null)}
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
