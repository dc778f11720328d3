import type { Session } from "zenobia-client";
import { save } from "../server/files.ts";
import { blob, picturePath, sessionPath } from "../server/rest.ts";
import { pictureOf } from "../session/replay.ts";
import type { Line } from "../session/story.ts";
import { page } from "./page.ts";

/** Save a session as one HTML file, with its pictures inside. */
export async function keepAsPage(session: Session, lines: readonly Line[]): Promise<void> {
  const pictures = new Map<string, string>();
  for (const line of lines) {
    const id = pictureOf(line);
    if (id !== null && !pictures.has(id)) pictures.set(id, await inlined(picturePath(session.id, id)));
  }
  save(new Blob([await page(session, lines, pictures)], { type: "text/html" }), `${session.id}.html`);
}

/** Save it as a film, which the server makes: that takes seconds, or a minute or two. */
export async function keepAsFilm(session: Session): Promise<void> {
  save(await blob(`${sessionPath(session.id)}/film`), `${session.id}.mp4`);
}

/** A picture as a `data:` address: its type is one of ours, whatever the bytes say. */
async function inlined(path: string): Promise<string> {
  const data = new Uint8Array(await (await blob(path)).arrayBuffer());
  const type = data[0] === 0x89 ? "image/png" : "image/jpeg";
  let text = "";
  for (let start = 0; start < data.length; start += 32_768) {
    text += String.fromCharCode(...data.subarray(start, start + 32_768));
  }
  return `data:${type};base64,${btoa(text)}`;
}
