import { createContext, useContext, useEffect, useRef } from "react";
import type { RequestsAck } from "zenobia-client";
import { type Reading, useReading } from "../server/asking.ts";
import { useClient } from "../server/connection.ts";
import { call, takeBackCalls, useStayingCallable } from "./calling.ts";

export const Pending = createContext<Reading<RequestsAck>>({ answer: null, problem: null, again: () => undefined });

export function usePending(): Reading<RequestsAck> {
  return useContext(Pending);
}

/** Know the pending requests, and call for a person in the title and, if nobody looks, with a notification. */
export function useWatchPending(): Reading<RequestsAck> {
  const reading = useReading<RequestsAck>("/api/human-layer/requests", null);
  useChanges(reading.again);
  useStayingCallable();
  const called = useRef(new Set<string>());
  const requests = reading.answer?.requests;
  useEffect(() => {
    if (requests === undefined) return;
    document.title = requests.length > 0 ? `(${requests.length}) Zenobia` : "Zenobia";
    for (const request of requests) {
      if (called.current.has(request.id)) continue;
      called.current.add(request.id);
      if (document.hidden) void call(request);
    }
    if (requests.length === 0) void takeBackCalls();
  }, [requests]);
  return reading;
}

/** Be told as soon as the requests have changed; and tell whether a person has them in sight. */
function useChanges(changed: () => void): void {
  const client = useClient();
  const tell = useRef(changed);
  tell.current = changed;
  useEffect(() => {
    const watch = () => client.watchRequests(() => tell.current(), !document.hidden);
    watch();
    document.addEventListener("visibilitychange", watch);
    return () => document.removeEventListener("visibilitychange", watch);
  }, [client]);
}
