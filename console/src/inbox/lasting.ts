import { useRef } from "react";
import type { HumanLayerRequest } from "zenobia-client";
import { type Draft, draftOf, useDrafts } from "../parts/draft.ts";

/** What a person has written for a request and not sent yet. */
export interface Written {
  answer: string;
  reason: string;
  values: Record<string, string>;
}

const NOTHING: Written = { answer: "", reason: "", values: {} };

export function draftFor(request: HumanLayerRequest): string {
  return `request.${request.id}`;
}

export function readWritten({ text }: Draft): Written {
  return text === "" ? NOTHING : { ...NOTHING, ...JSON.parse(text) };
}

export function asText(written: Written): string {
  const nothing = written.answer === "" && written.reason === "" && Object.keys(written.values).length === 0;
  return nothing ? "" : JSON.stringify(written);
}

/**
 * The pending requests, oldest first, and those that were settled elsewhere while somebody here was writing for them:
 * they stay until they are closed, so that nothing takes the place of what somebody types into.
 */
export function useLasting(pending: readonly HumanLayerRequest[]): readonly HumanLayerRequest[] {
  const drafts = useDrafts();
  const shown = useRef<readonly HumanLayerRequest[]>([]);
  const writtenFor = (request: HumanLayerRequest) => {
    return draftOf(draftFor(request), drafts).text !== "";
  };
  const left = shown.current.filter((one) => !pending.some((other) => other.id === one.id) && writtenFor(one));
  shown.current =
    left.length === 0 ? pending : [...pending, ...left].sort((one, other) => one.createdAt - other.createdAt);
  return shown.current;
}
