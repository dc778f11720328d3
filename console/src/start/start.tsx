import { type DragEvent, type FormEvent, type KeyboardEvent, useState } from "react";
import type { AboutAck as About, ListSessionsAck } from "zenobia-client";
import { AttachButton, Chosen } from "../parts/attach.tsx";
import { type Sent, useDraft } from "../parts/draft.ts";
import { Icon } from "../parts/icon.tsx";
import { note } from "../parts/notes.tsx";
import { address, go, read } from "../route.ts";
import { useReading } from "../server/asking.ts";
import { useCanAct, useClient } from "../server/connection.ts";
import { SessionRow } from "../sessions/list.tsx";
import { type Demonstration, demonstrations } from "./demonstrations.ts";

/** The first page: say what is to be done. */
export function Start() {
  const about = useReading<About>("/api/about", null).answer;
  const recent = useReading<ListSessionsAck>("/api/sessions?limit=4", 4_000).answer?.sessions ?? [];
  const start = useStart();
  return (
    <main className="start">
      <div className="column">
        <h1>What should be done?</h1>
        <p className="lead">{leadOf(about)} You can watch, help and take over at any time.</p>
        <Form about={about} start={start} />
        <Demonstrations site={about?.demoSite ?? null} start={start} />
        {recent.length > 0 ? (
          <section aria-labelledby="recent">
            <div className="section-head">
              <h2 id="recent">Lately</h2>
              <a href={address({ at: "sessions" })}>All sessions</a>
            </div>
            <ul className="recent">
              {recent.map((session) => (
                <li key={session.id}>
                  <SessionRow session={session} />
                </li>
              ))}
            </ul>
          </section>
        ) : null}
      </div>
    </main>
  );
}

/** How it is to be said, once it is known who will read it. */
function leadOf(about: About | null): string {
  if (about === null) return "";
  return about.defaultAgent === "playbook" ? "Say it in plain steps, one a line." : "Say it in your own words.";
}

type Begin = (sent: Sent, prompt: string, agent: string) => Promise<void>;

/** Begin a session and go there, unless one has gone elsewhere meanwhile. */
function useStart(): Begin {
  const client = useClient();
  return async ({ commandId, fileIds }, prompt, agent) => {
    const asked = { ...(prompt.trim() ? { prompt } : {}), ...(agent ? { sessionType: agent } : {}) };
    const { sessionId } = await client.send("createSession", { fileIds, ...asked }, { commandId });
    if (read(location.hash).at === "start") go({ at: "session", id: sessionId });
    else note("The session has begun.");
  };
}

function Form({ about, start }: { about: About | null; start: Begin }) {
  const canAct = useCanAct();
  const job = useDraft("prompt");
  const { text: prompt, files, busy } = job;
  const choice = useDraft("agent");
  const agent = choice.text;
  const [over, setOver] = useState(false);
  const ready = canAct && !busy && (prompt.trim() !== "" || agent === "manual");

  const send = async (event?: FormEvent) => {
    event?.preventDefault();
    if (!ready) return;
    const begun = await job.send((sent) => start(sent, prompt, agent), agent);
    if (begun !== null) choice.write("");
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey) || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  };
  const dropped = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const items = [...event.dataTransfer.items];
    const folders = items.map((item) => item.webkitGetAsEntry()?.isDirectory === true);
    if (folders.includes(true)) note("A folder cannot be added. Drop the files that are in it.", true);
    job.add(items.flatMap((item, place) => (folders[place] ? [] : (item.getAsFile() ?? []))));
  };
  return (
    <form
      className="prompt"
      data-over={over}
      onSubmit={send}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={dropped}
    >
      <textarea
        // biome-ignore lint/a11y/noAutofocus: typing here is what the page is for
        autoFocus
        rows={5}
        dir="auto"
        value={prompt}
        aria-label="Prompt"
        placeholder={about?.defaultAgent === "playbook" ? PLAIN_STEPS : "Find the cheapest train to Lyon on Friday"}
        onChange={(event) => job.write(event.target.value)}
        onKeyDown={pressed}
      />
      <Chosen files={files} remove={job.remove} />
      {(agent || about?.defaultAgent) === "playbook" ? <p className="prompt-help">{STEPS}</p> : null}
      <div className="prompt-foot">
        <AttachButton add={job.add} />
        <span className="hint">{over ? "Let go to add the files" : "or drop files here"}</span>
        <label className="agent">
          <span className="hidden">Agent</span>
          <select value={agent} onChange={(event) => choice.write(event.target.value)}>
            <option value="">{about === null ? "Default agent" : `Default: ${about.defaultAgent}`}</option>
            {(about?.agents ?? []).map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="primary" disabled={!ready}>
          {busy ? (files.length > 0 ? "Sending the files …" : "Starting …") : "Start"}{" "}
          <kbd>{navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl"} Enter</kbd>
        </button>
      </div>
    </form>
  );
}

const STEPS =
  "A step begins with open, search for, click, type, select, wait for, extract, screenshot or ask a person. " +
  "Words of your own need an agent with a language model.";

const PLAIN_STEPS = 'open example.com\nclick "More information"\nscreenshot';

function Demonstrations({ site, start }: { site: string | null; start: Begin }) {
  const canAct = useCanAct();
  const chosen = useDraft("demonstration"); // nothing is written in it: which one is chosen is all there is
  const begin = (prompt: string) => chosen.send((sent) => start(sent, prompt, "playbook"), prompt);
  return (
    <section aria-labelledby="try">
      <div className="section-head">
        <h2 id="try">Or try one of these</h2>
        {site === null ? null : <span className="facts">on this machine, without a model</span>}
      </div>
      {site === null ? (
        <p className="facts">
          They need the demonstration site, which <code>zenobia tour</code> starts together with a server.
        </p>
      ) : null}
      <ul className="demonstrations">
        {demonstrations(site ?? "").map((one: Demonstration) => (
          <li key={one.name}>
            <button type="button" disabled={!canAct || chosen.busy || site === null} onClick={() => begin(one.prompt)}>
              <Icon name="play" size={16} />
              <span className="name">{one.name}</span>
              <span className="facts">{one.about}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
