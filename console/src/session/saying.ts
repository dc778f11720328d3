import type { ActionEvent, SessionEvent } from "zenobia-client";
import type { Line } from "./story.ts";

/** What a line says first. `why` is what the result says of why the session has failed: that is not repeated. */
export function sentence({ event }: Line, why: string | null): string {
  if (undone(event)) return event.data.description;
  if (event.eventType !== "status" || why === null || !event.message.endsWith(why)) return event.message;
  return event.message.slice(0, -why.length).replace(/\W+$/, ".");
}

/** Whose words a line holds, where they are not the server's. */
export function author({ event }: Line): string | null {
  if (event.eventType === "message") return event.data.author === "user" ? "You" : "Agent";
  const asks = event.eventType === "human_layer_request" || event.eventType === "human_layer_decision";
  return asks && event.data.request.author === "agent" ? "Agent" : null;
}

/** Why an action was not done, unless the session has failed because of it. */
export function problem({ event }: Line, why: string | null): string | null {
  return undone(event) && !why?.endsWith(event.message) ? event.message : null;
}

function undone(event: SessionEvent): event is ActionEvent {
  return event.eventType === "action" && (event.data.phase === "failed" || event.data.phase === "unknown");
}
