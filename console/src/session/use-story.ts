import { useEffect, useMemo, useSyncExternalStore } from "react";
import { useClient } from "../server/connection.ts";
import { type Known, Story } from "./story.ts";

/** Follow a session for as long as it is shown. */
export function useStory(id: string): Known {
  const client = useClient();
  const story = useMemo(() => new Story(client, id), [client, id]);
  useEffect(() => story.begin(), [story]);
  return useSyncExternalStore(story.watch, () => story.known);
}
