import { useState } from "react";
import type { Session } from "zenobia-client";
import { Icon } from "../parts/icon.tsx";
import { note, trying } from "../parts/notes.tsx";
import { Sheet } from "../parts/sheet.tsx";
import type { Line } from "../session/story.ts";
import { keepAsFilm, keepAsPage } from "./keep.ts";

/** Keep an ended session: how, is asked. */
export function Export({ session, lines }: { session: Session; lines: readonly Line[] }) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const keep = async (work: () => Promise<void>) => {
    setAsking(false);
    setBusy(true);
    await trying(work);
    setBusy(false);
  };
  const film = () => {
    note("The film is being made.");
    return keepAsFilm(session);
  };
  return (
    <>
      <button type="button" aria-busy={busy} disabled={busy} onClick={() => setAsking(true)}>
        <Icon name="save" /> Export
      </button>
      {asking ? (
        <Sheet title="Export this session" close={() => setAsking(false)}>
          <p>A page is one HTML file with every event and picture. A film is an MP4 of the pictures, with captions.</p>
          <div className="buttons">
            <button type="button" className="primary" onClick={() => keep(() => keepAsPage(session, lines))}>
              As a page
            </button>
            <button type="button" onClick={() => keep(film)}>
              As a film
            </button>
          </div>
        </Sheet>
      ) : null}
    </>
  );
}
