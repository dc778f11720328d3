import type { FormEvent, KeyboardEvent } from "react";
import type { Session } from "zenobia-client";
import { AttachButton, Chosen } from "../parts/attach.tsx";
import { useDraft } from "../parts/draft.ts";
import { Icon } from "../parts/icon.tsx";
import { useCanAct, useClient } from "../server/connection.ts";

/** Says something more to the agent, with files if there are any. What was typed stays until it has arrived. */
export function Composer({ session }: { session: Session }) {
  const client = useClient();
  const canAct = useCanAct();
  const message = useDraft(session.id);
  const { text, files } = message;
  const ready = canAct && !message.busy && (text.trim() !== "" || files.length > 0);

  const send = (event?: FormEvent) => {
    event?.preventDefault();
    if (!ready) return;
    void message.send(async ({ commandId, fileIds }) => {
      const sessionId = session.id;
      if (text.trim() === "") return client.send("sendFileAttachments", { sessionId, fileIds }, { commandId });
      return client.send("sendMessage", { sessionId, message: text, fileIds }, { commandId });
    });
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form className="composer" onSubmit={send}>
      <Chosen files={files} remove={message.remove} />
      <div className="field">
        <AttachButton add={message.add} disabled={!canAct} />
        <textarea
          rows={1}
          dir="auto"
          value={text}
          aria-label="Message to the agent"
          placeholder={session.prompt === null ? "What should it do?" : "Say something more"}
          onChange={(event) => message.write(event.target.value)}
          onKeyDown={pressed}
        />
        <button type="submit" className="primary round" aria-label="Send" disabled={!ready}>
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
}
