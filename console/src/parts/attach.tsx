import { useRef } from "react";
import { bytes } from "../words.ts";
import { Icon } from "./icon.tsx";

/** A button that picks files. */
export function AttachButton({ add, disabled = false }: { add: (files: File[]) => void; disabled?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        className="plain round"
        aria-label="Attach files"
        disabled={disabled}
        onClick={() => input.current?.click()}
      >
        <Icon name="clip" />
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        tabIndex={-1}
        aria-label="Files to attach"
        onChange={(event) => {
          add([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
    </>
  );
}

/** The files that are about to be sent. */
export function Chosen({ files, remove }: { files: readonly File[]; remove: (index: number) => void }) {
  if (files.length === 0) return null;
  return (
    <ul className="chosen">
      {files.map((file, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two files may have the same name and size
        <li key={`${index} ${file.name}`}>
          <span dir="auto">{file.name}</span>
          <span className="facts">{bytes(file.size)}</span>
          <button type="button" className="plain" aria-label={`Remove ${file.name}`} onClick={() => remove(index)}>
            <Icon name="cross" size={14} />
          </button>
        </li>
      ))}
    </ul>
  );
}
