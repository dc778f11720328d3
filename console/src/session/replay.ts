import type { Box, KeptPicture } from "zenobia-client";
import type { Line } from "./story.ts";

/** What the page looked like at a moment: the newest picture that shows it after no later event. */
export function pictureAt(pictures: readonly KeptPicture[], line: Line | undefined): string | null {
  if (line === undefined) return null;
  return pictures.findLast((one) => one.seq <= line.seq)?.pictureId ?? null;
}

/** The address of the page at that moment: the one that the last action before it led to. */
export function addressAt(lines: readonly Line[], at: number): string | null {
  const before = lines.slice(0, at).findLast(({ event }) => event.eventType === "action" && event.data.url !== null);
  return before?.event.eventType === "action" ? before.event.data.url : null;
}

/** Where the target of a moment's action is in that picture. */
export function boxAt(line: Line | undefined): Box | null {
  return line?.event.eventType === "action" ? line.event.data.box : null;
}

/** The picture that an event itself names. */
export function pictureOf({ event }: Line): string | null {
  switch (event.eventType) {
    case "human_layer_request":
      return event.data.request.screenshotId;
    case "result":
      return event.data.result.screenshotId;
    case "action": {
      const { action, phase, value } = event.data;
      return action.verb === "screenshot" && phase === "done" && typeof value === "string" ? value : null;
    }
    default:
      return null;
  }
}
