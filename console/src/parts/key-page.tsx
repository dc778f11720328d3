import { type FormEvent, useState } from "react";
import { enterKey, key } from "../server/connection.ts";
import { Icon } from "./icon.tsx";

/** Asks for the key that the server wants. It stays in this tab, and is sent to this server only. */
export function KeyPage() {
  const [given, setGiven] = useState("");
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (given.trim()) enterKey(given.trim());
  };
  return (
    <main className="key-page">
      <form className="card" onSubmit={send}>
        <Icon name="key" size={28} />
        <h1>An API key is needed</h1>
        <p>{key() === null ? "This server lets in who has a key." : "The server does not know that key."}</p>
        <label className="edit">
          <span>Key</span>
          <input
            type="password"
            autoComplete="off"
            // biome-ignore lint/a11y/noAutofocus: there is nothing else here
            autoFocus
            value={given}
            onChange={(event) => setGiven(event.target.value)}
          />
        </label>
        <p className="facts">It is kept until you close this tab, and nowhere else.</p>
        <button type="submit" className="primary" disabled={!given.trim()}>
          Go in
        </button>
      </form>
    </main>
  );
}
