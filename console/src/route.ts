import { useSyncExternalStore } from "react";

/** Where one is: the part of the address behind `#`, so that the console works at whatever path it is served. */
export type Route = { at: "start" } | { at: "sessions" } | { at: "inbox" } | { at: "session"; id: string };

export function address(route: Route): string {
  if (route.at === "start") return "#/";
  return route.at === "session" ? `#/sessions/${encodeURIComponent(route.id)}` : `#/${route.at}`;
}

export function go(route: Route): void {
  location.hash = address(route);
}

export function read(hash: string): Route {
  const [first, second] = hash.replace(/^#\/?/, "").split("/");
  if (first === "sessions" && second) return { at: "session", id: decoded(second) };
  if (first === "sessions" || first === "inbox") return { at: first };
  return { at: "start" };
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(watch, () => location.hash);
  return read(hash);
}

function watch(changed: () => void): () => void {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // somebody typed it; as an id it will not be found
  }
}
