/** A typed client of a Zenobia server. */
export { Client, type ClientOptions, type LiveWishes, newId, type SendOptions } from "./client.ts";
export { Refused, Unreachable } from "./errors.ts";
export type { Link, LinkState } from "./link.ts";
export type * from "./wire.ts";
