import { useEffect, useState } from "react";
import { Refused } from "zenobia-client";
import { useClient } from "./connection.ts";
import { get } from "./rest.ts";

/** What was last read, and why it could not be read anew, if it could not. */
export interface Reading<Answer> {
  answer: Answer | null;
  problem: Error | null;
  again: () => void;
}

/** Milliseconds until what could not be read is tried again: at first, and at most. */
const TRY_AGAIN = 1_000;
const TRY_AGAIN_AT_MOST = 30_000;

/**
 * Read something now, and again every so many milliseconds while the page can be seen. What could not be read, and may
 * be later, is tried again after a pause that grows, also out of sight: who is called to something pending must hear.
 */
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
    let failed = 0;
    const read = async () => {
      let sooner: number | null = null;
      try {
        const found = await get<Answer>(path, gone.signal);
        setAnswer(found);
        setProblem(null);
        failed = 0;
      } catch (error) {
        if (gone.signal.aborted) return;
        setProblem(error as Error);
        if (triedAgain(error)) sooner = Math.min(TRY_AGAIN_AT_MOST, TRY_AGAIN * 2 ** failed++);
      }
      if (gone.signal.aborted) return;
      const pause = sooner ?? (document.hidden ? null : every);
      clearTimeout(timer);
      if (pause !== null) timer = setTimeout(read, pause);
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

/** Whether what could not be read is tried again: it is unless the server says that it does not help. */
export function triedAgain(error: unknown): boolean {
  return !(error instanceof Refused) || error.retryable;
}
