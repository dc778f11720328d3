import type { Origin, Session, File as StoredFile } from "zenobia-client";
import { Icon } from "../parts/icon.tsx";
import { trying } from "../parts/notes.tsx";
import { download } from "../server/files.ts";
import { bytes } from "../words.ts";

const FROM: Record<Origin, string> = { client: "given", download: "downloaded", agent: "made by the agent" };

/** Files that went into the session, and those that came out of it. */
export function Files({ session }: { session: Session }) {
  if (session.files.length === 0) return null;
  return (
    <section className="card" aria-label="Files">
      <h2>Files</h2>
      <ul className="files">
        {session.files.map((file) => (
          <FileRow key={file.fileId} file={file} />
        ))}
      </ul>
    </section>
  );
}

function FileRow({ file }: { file: StoredFile }) {
  const facts = [FROM[file.origin], file.size === null ? null : bytes(file.size), file.contentType];
  return (
    <li>
      <button type="button" className="file" disabled={!file.available} onClick={() => trying(() => download(file))}>
        <Icon name={file.available ? "save" : "file"} size={16} />
        <span className="name" dir="auto">
          {file.fileName ?? file.fileId}
        </span>
        <span className="facts">
          {file.available ? facts.filter((one) => one !== null).join(" · ") : "its bytes have not arrived"}
        </span>
      </button>
    </li>
  );
}
