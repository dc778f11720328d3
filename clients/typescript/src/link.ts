import type { Refused } from "./errors.ts";

/** Where the connection stands. `refused` is final: the server said why, and asking again would be told the same. */
export type LinkState = "connecting" | "online" | "offline" | "refused" | "closed";

/** The connection, told honestly. `active` is false once another client has taken over the updates. */
export interface Link {
  readonly state: LinkState;
  readonly active: boolean;
  readonly problem: Refused | null;
}

export const STARTING: Link = { state: "connecting", active: true, problem: null };
