import { useEffect, useState } from "react";
import { useClient } from "./connection.ts";
import { get } from "./rest.ts";

/** What was last read, and why it could not be read anew, if it could not. */
export interface Reading<Answer> {
  answer: Answer | null;
  problem: Error | null;
  again: () => void;
}

/** Read something now, and again every so many milliseconds while the page can be seen. */
export function useReading<Answer>(path: string | null, every: number | null): Reading<Answer> {
  const client = useClient();
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [problem, setProblem] = useState<Error | null>(null);
  const [turn, setTurn] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` asks anew, and so does another connection
  useEffect(() => {
    if (path === null) return;
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      try {
        const found = await get<Answer>(path, gone.signal);
        setAnswer(found);
        setProblem(null);
      } catch (error) {
        if (!gone.signal.aborted) setProblem(error as Error);
      }
      if (!gone.signal.aborted && every !== null && !document.hidden) timer = setTimeout(read, every);
    };
    const seen = () => {
      if (document.hidden) return;
      clearTimeout(timer);
      void read();
    };
    void read();
    document.addEventListener("visibilitychange", seen);
    return () => {
      gone.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [client, path, every, turn]);

  return { answer, problem, again: () => setTurn((before) => before + 1) };
}
