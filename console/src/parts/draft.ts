import { useState } from "react";

/** A text that is being written: kept with the tab, so that going elsewhere or loading again loses nothing of it. */
export function useDraft(name: string): [string, (text: string) => void] {
  const key = `zenobia.draft.${name}`;
  const [text, setText] = useState(() => sessionStorage.getItem(key) ?? "");
  const write = (next: string) => {
    if (next === "") sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, next);
    setText(next);
  };
  return [text, write];
}

const chosen = new Map<string, readonly File[]>();

/** The files that are to go with it: kept until the page is loaded again, which no browser lets them outlive. */
export function useChosen(name: string): [readonly File[], (files: readonly File[]) => void] {
  const [files, setFiles] = useState(() => chosen.get(name) ?? []);
  const choose = (next: readonly File[]) => {
    if (next.length === 0) chosen.delete(name);
    else chosen.set(name, next);
    setFiles(next);
  };
  return [files, choose];
}
