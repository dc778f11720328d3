import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { useClient } from "../server/connection.ts";
import { type Known, Story } from "./story.ts";

/** Follow a session for as long as it is shown; over a new connection, what is known stays until it is known anew. */
export function useStory(id: string): Known {
  const client = useClient();
  const story = useMemo(() => new Story(client, id), [client, id]);
  useEffect(() => story.begin(), [story]);
  const known = useSyncExternalStore(story.watch, () => story.known);
  const before = useRef(known);
  if (known.session !== null || known.problem !== null) before.current = known;
  return before.current;
}
