import type { Session } from "zenobia-client";
import { pictureOf } from "../session/replay.ts";
import { author, problem, sentence } from "../session/saying.ts";
import type { Line } from "../session/story.ts";
import { bytes, clock, day, headline, STATUS } from "../words.ts";
import { Html, html } from "./escape.ts";
import style from "./page.css?inline";

/** A session as one HTML document that needs nothing else and runs nothing: its policy allows its style and pictures. */
export async function page(session: Session, lines: readonly Line[], pictures: Map<string, string>): Promise<string> {
  const policy = `default-src 'none'; img-src data:; style-src '${await digest(style)}'; base-uri 'none'; form-action 'none'`;
  const title = headline(session.prompt, "A session").slice(0, 200);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
<header>
<p class="facts">${STATUS[session.status]} · ${day(session.createdAt)} · ${session.type}</p>
<h1 dir="auto">${title}</h1>
${session.prompt === null ? null : html`<pre dir="auto">${session.prompt}</pre>`}
</header>
${outcome(session)}
<h2>What happened</h2>
<ol>
${lines.map((line) => moment(line, session.error?.error ?? null, pictures))}
</ol>
${files(session)}
</main>
</body>
</html>
`.text;
}

function outcome(session: Session): Html | null {
  const { result, error } = session;
  if (result === null && error === null) return null;
  return html`<h2>Result</h2>
${error === null ? null : html`<p dir="auto">${error.error}</p>`}
${result?.text ? html`<p class="text" dir="auto">${result.text}</p>` : null}
${(result?.results ?? []).map((hit) => html`<p dir="auto"><b>${hit.title}</b><br><span>${hit.link}</span><br>${hit.snippet}</p>`)}
${Object.entries(result?.extracted ?? {}).map(
  ([name, value]) =>
    html`<h3 dir="auto">${name}</h3><pre dir="auto">${typeof value === "string" ? value : JSON.stringify(value, null, 2)}</pre>`,
)}`;
}

function moment(line: Line, why: string | null, pictures: Map<string, string>): Html {
  const { event } = line;
  const id = pictureOf(line);
  const picture = id === null ? undefined : pictures.get(id);
  const more = problem(line, why);
  const whose = author(line);
  const who = whose === null ? null : html`<span class="facts">${whose}: </span>`;
  return html`<li class="${event.eventType}"><time>${clock(event.timestamp)}</time><div dir="auto">${who}${sentence(line, why)}${
    more === null ? null : html`<p class="facts">${more}</p>`
  }</div>${picture === undefined ? null : html`<img alt="What the browser showed" src="${picture}">`}</li>
`;
}

function files(session: Session): Html | null {
  if (session.files.length === 0) return null;
  return html`<h2>Files</h2>
<ul>
${session.files.map((file) => html`<li dir="auto">${file.fileName ?? file.fileId} <span class="facts">${file.size === null ? "" : bytes(file.size)}</span></li>`)}
</ul>`;
}

/** The hash by which a policy allows a style. Without a secure context there is none, and the page goes unstyled. */
async function digest(text: string): Promise<string> {
  if (!isSecureContext) return "none";
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return `sha256-${btoa(String.fromCharCode(...hash))}`;
}
