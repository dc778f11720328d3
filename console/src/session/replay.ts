import type { Line } from "./story.ts";

/** The pictures that a session kept, each at its place in the timeline. */
export function pictureAt(lines: readonly Line[], index: number): string | null {
  for (let place = Math.min(index, lines.length - 1); place >= 0; place--) {
    const line = lines[place];
    const picture = line === undefined ? null : pictureOf(line);
    if (picture !== null) return picture;
  }
  return null;
}

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
