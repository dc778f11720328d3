import { type FormEvent, useState } from "react";
import type { Session } from "zenobia-client";
import { useDraft } from "../parts/draft.ts";
import { Icon } from "../parts/icon.tsx";
import { Sheet } from "../parts/sheet.tsx";
import { useCanAct } from "../server/connection.ts";
import type { Driving } from "./driving.ts";

interface BarFacts {
  session: Session;
  driving: Driving;
  large: boolean;
  enlarge: (large: boolean) => void;
}

/** Who drives, in words, and what can be done about it. */
export function DriveBar({ session, driving, large, enlarge }: BarFacts) {
  const canAct = useCanAct();
  const [handing, setHanding] = useState(false);
  if (driving.elsewhere) {
    return (
      <div className="drive-bar" data-tone="wait">
        <Icon name="hand" />
        <p>{driving.private ? "A person drives this browser in private." : "A person drives this browser."}</p>
        <button type="button" disabled={!canAct} onClick={() => driving.take({ force: true })}>
          Take it from them
        </button>
      </div>
    );
  }
  if (driving.hands === null) return null;
  const turnPrivate = () => {
    document.querySelector<HTMLElement>(".driven")?.focus({ preventScroll: true }); // what is typed next is for the page
    void driving.turnPrivate();
  };
  return (
    <div className="drive-bar">
      <Icon name={driving.private ? "lock" : "hand"} />
      <p>
        {driving.private
          ? "You drive in private: neither keys nor pictures are kept."
          : "You drive. The agent waits until you hand back."}
      </p>
      <button type="button" aria-pressed={driving.private} onClick={turnPrivate}>
        <Icon name="lock" size={16} /> Private
      </button>
      <button type="button" className="narrow" aria-pressed={large} onClick={() => enlarge(!large)}>
        Larger
      </button>
      <button type="button" className="primary" onClick={() => setHanding(true)}>
        Hand back
      </button>
      {handing ? <HandBack session={session} driving={driving} close={() => setHanding(false)} /> : null}
    </div>
  );
}

interface HandBackFacts {
  session: Session;
  driving: Driving;
  close: () => void;
}

function HandBack({ session, driving, close }: HandBackFacts) {
  const note = useDraft(`hand-back.${session.id}`);
  const asked = session.control?.requestId != null;
  const release = (done: boolean) => async (event?: FormEvent) => {
    event?.preventDefault();
    if ((await note.send(({ text }) => driving.release(text, done))) !== null) close();
  };
  return (
    <Sheet title="Hand the browser back" close={close}>
      <form className="answers" onSubmit={release(true)}>
        <p className="facts">
          {driving.private
            ? "The agent goes on, and is told that you drove in private."
            : "The agent goes on, and is told what you did."}
        </p>
        <label className="edit">
          <span>Anything it should know? You may leave this empty.</span>
          <textarea
            rows={2}
            dir="auto"
            maxLength={10_000}
            value={note.text}
            onChange={(event) => note.write(event.target.value)}
          />
        </label>
        <div className="buttons">
          <button type="submit" className="primary" disabled={note.busy}>
            {asked ? "It is done" : "Hand back"}
          </button>
          {asked ? (
            <button type="button" disabled={note.busy} onClick={release(false)}>
              It is not done yet
            </button>
          ) : null}
        </div>
      </form>
    </Sheet>
  );
}
