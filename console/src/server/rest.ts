import { type ErrorAck, Refused } from "zenobia-client";
import { key } from "./connection.ts";

/**
 * Reading over plain HTTP. What the console looks up by itself goes this way, because a command over Socket.IO would
 * make it the active client and take the updates away from another.
 */
export async function get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  const response = await ask(path, signal ? { signal } : {});
  return (await response.json()) as Answer;
}

/** Posting over plain HTTP, for what must make nobody the active client either. */
export async function post(path: string, body: object): Promise<void> {
  await ask(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
}

/** A picture's bytes. */
export async function blob(path: string, signal?: AbortSignal): Promise<Blob> {
  const response = await ask(path, signal ? { signal } : {});
  return plainly(response.blob()); // it may break off on the way
}

/** Any request with this tab's key. Throws `Refused` where the server says no. */
export async function ask(path: string, init: RequestInit): Promise<Response> {
  const token = key();
  const headers = new Headers(init.headers);
  if (token !== null) headers.set("Authorization", `Bearer ${token}`);
  return reach(path, { ...init, headers });
}

/** Any request without a key. Throws `Refused` where the server says no. */
export async function reach(path: string, init: RequestInit): Promise<Response> {
  const response = await plainly(fetch(path, { ...init, credentials: "omit" }));
  if (!response.ok) throw new Refused(await refusal(response));
  return response;
}

/** What the network gives, or that it gives nothing in our words: the browser's own are for programmers. */
async function plainly<Answer>(given: Promise<Answer>): Promise<Answer> {
  try {
    return await given;
  } catch (error) {
    throw error instanceof TypeError ? new Error("The server cannot be reached.") : error;
  }
}

async function refusal(response: Response): Promise<Omit<ErrorAck, "success">> {
  try {
    return (await response.json()) as ErrorAck;
  } catch {
    const error = `The server answered with status ${response.status}.`;
    return { error, code: "error", retryable: response.status >= 500, details: null };
  }
}

export function sessionPath(id: string): string {
  return `/api/sessions/${encodeURIComponent(id)}`;
}

export function picturePath(session: string, picture: string): string {
  return `${sessionPath(session)}/pictures/${encodeURIComponent(picture)}`;
}

export function filePath(id: string): string {
  return `/api/files/${encodeURIComponent(id)}`;
}
