import { type FormEvent, type KeyboardEvent, useState } from "react";
import type { Session } from "zenobia-client";
import { AttachButton, Chosen } from "../parts/attach.tsx";
import { useChosen, useDraft } from "../parts/draft.ts";
import { Icon } from "../parts/icon.tsx";
import { trying } from "../parts/notes.tsx";
import { useCanAct, useClient } from "../server/connection.ts";
import { upload } from "../server/files.ts";

/** Says something more to the agent, with files if there are any. What was typed stays until it has arrived. */
export function Composer({ session }: { session: Session }) {
  const client = useClient();
  const canAct = useCanAct();
  const [text, setText] = useDraft(session.id);
  const [files, setFiles] = useChosen(session.id);
  const [busy, setBusy] = useState(false);
  const ready = canAct && !busy && (text.trim() !== "" || files.length > 0);

  const send = async (event?: FormEvent) => {
    event?.preventDefault();
    if (!ready) return;
    setBusy(true);
    const sent = await trying(async () => {
      const fileIds = (files.length > 0 ? await upload(files) : []).map((file) => file.fileId);
      const sessionId = session.id;
      if (text.trim() === "") return client.send("sendFileAttachments", { sessionId, fileIds });
      return client.send("sendMessage", { sessionId, message: text, fileIds });
    });
    setBusy(false);
    if (sent === null) return;
    setText("");
    setFiles([]);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  };
  return (
    <form className="composer" onSubmit={send}>
      <Chosen files={files} remove={(index) => setFiles(files.filter((_, place) => place !== index))} />
      <div className="field">
        <AttachButton add={(more) => setFiles([...files, ...more])} disabled={!canAct} />
        <textarea
          rows={1}
          dir="auto"
          value={text}
          aria-label="Message to the agent"
          placeholder={session.prompt === null ? "What should it do?" : "Say something more"}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={pressed}
        />
        <button type="submit" className="primary round" aria-label="Send" disabled={!ready}>
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
}
