import { type FormEvent, useState } from "react";
import type { Refused } from "zenobia-client";
import { enterKey, key } from "../server/connection.ts";
import { signIn, useFurtherOut, useSignIn, useSignInTrouble } from "../server/signing.ts";
import { Icon } from "./icon.tsx";

/** Asks for the key that the server wants, or to sign in. A key stays in this tab, and is sent to this server only. */
export function KeyPage({ problem }: { problem: Refused | null }) {
  const at = useSignIn();
  const trouble = useSignInTrouble();
  const further = useFurtherOut();
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
        <p>{said(problem)}</p>
        {trouble === null ? null : (
          <p role="alert" dir="auto">
            {trouble}
          </p>
        )}
        {further === null ? null : (
          <a className="button" href={further} rel="noreferrer">
            Sign out at {new URL(further).hostname}, too
          </a>
        )}
        {at === null ? null : (
          <button type="button" className="primary" onClick={() => void signIn()}>
            Sign in at {at}
          </button>
        )}
        <label className="edit">
          <span>Key</span>
          <input
            type="password"
            autoComplete="off"
            // biome-ignore lint/a11y/noAutofocus: there is hardly anything else here
            autoFocus
            value={given}
            onChange={(event) => setGiven(event.target.value)}
          />
        </label>
        <p className="facts">It is kept until you close this tab, and nowhere else.</p>
        <button type="submit" className={at === null ? "primary" : undefined} disabled={!given.trim()}>
          Go in
        </button>
      </form>
    </main>
  );
}

function said(problem: Refused | null): string {
  if (problem !== null && problem.code !== "unauthorized") return problem.message;
  return key() === null ? "This server lets in who has a key." : "The server does not know that key.";
}
