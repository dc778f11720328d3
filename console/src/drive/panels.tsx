import { type FormEvent, useState } from "react";
import type { LiveChooser, LiveDialog, Session } from "zenobia-client";
import { trying } from "../parts/notes.tsx";
import { useClient } from "../server/connection.ts";
import { upload } from "../server/files.ts";
import type { Hands } from "./inputs.ts";

/** A dialog that holds the page, for the person who drives to answer. */
export function DialogPanel({ dialog, hands }: { dialog: LiveDialog; hands: Hands }) {
  const [text, setText] = useState(dialog.proposed);
  const answer = (accept: boolean) => (event?: FormEvent) => {
    event?.preventDefault();
    const typed = dialog.kind === "prompt" && accept ? { text } : {};
    hands.do({ type: "dialog", accept, ...typed });
  };
  return (
    <form className="panel card" aria-label="A dialog of the page" onSubmit={answer(true)}>
      <p className="facts">
        {dialog.kind === "beforeunload" ? "The page asks whether to leave it." : "The page says:"}
      </p>
      <p dir="auto">{dialog.text}</p>
      {dialog.kind === "prompt" ? (
        <input aria-label="Answer" dir="auto" value={text} onChange={(event) => setText(event.target.value)} />
      ) : null}
      <div className="buttons">
        <button type="submit" className="primary">
          OK
        </button>
        {dialog.kind === "alert" ? null : (
          <button type="button" onClick={answer(false)}>
            Cancel
          </button>
        )}
      </div>
    </form>
  );
}

interface ChooserFacts {
  chooser: LiveChooser;
  session: Session;
  hands: Hands;
}

/** The page wants a file: one of the session's, or one from this machine, which becomes the session's. */
export function ChooserPanel({ chooser, session, hands }: ChooserFacts) {
  const client = useClient();
  const [picked, setPicked] = useState<readonly string[]>([]);
  const here = session.files.filter((file) => file.available);
  const pick = (id: string, on: boolean) => {
    const others = chooser.multiple ? picked.filter((one) => one !== id) : [];
    setPicked(on ? [...others, id] : others);
  };
  const [bringing, setBringing] = useState(false);
  const bring = async (files: readonly File[]) => {
    if (files.length === 0) return;
    setBringing(true);
    await trying(async () => {
      const fileIds = await upload(files);
      await client.send("sendFileAttachments", { sessionId: session.id, fileIds });
      hands.do({ type: "files", fileIds });
    });
    setBringing(false);
  };
  return (
    <form
      className="panel card"
      aria-label="The page wants a file"
      onSubmit={(event) => {
        event.preventDefault();
        hands.do({ type: "files", fileIds: [...picked] });
      }}
    >
      <h2>{chooser.multiple ? "The page wants files" : "The page wants a file"}</h2>
      {here.map((file) => (
        <label key={file.fileId} className="tick">
          <input
            type="checkbox"
            checked={picked.includes(file.fileId)}
            onChange={(event) => pick(file.fileId, event.target.checked)}
          />
          <span dir="auto">{file.fileName ?? file.fileId}</span>
        </label>
      ))}
      <label className="edit">
        <span>Or from this machine</span>
        <input
          type="file"
          multiple={chooser.multiple}
          disabled={bringing}
          onChange={(event) => {
            void bring([...(event.target.files ?? [])]);
            event.target.value = ""; // so that the same file can be picked again
          }}
        />
      </label>
      <p className="facts" role="status">
        {bringing ? "Sending the files …" : ""}
      </p>
      <div className="buttons">
        <button type="submit" className="primary" disabled={bringing || picked.length === 0}>
          Give
        </button>
        <button type="button" disabled={bringing} onClick={() => hands.do({ type: "files", fileIds: [] })}>
          None
        </button>
      </div>
    </form>
  );
}
