import type { File as StoredFile, UploadAck } from "zenobia-client";
import { ask, blob, filePath } from "./rest.ts";

/** Send files to the server, if there are any; the ids by which a session can be given them. */
export async function upload(files: readonly File[]): Promise<string[]> {
  if (files.length === 0) return [];
  const form = new FormData();
  for (const file of files) form.append("file", file, file.name);
  const response = await ask("/api/files", { method: "POST", body: form });
  return ((await response.json()) as UploadAck).files.map((file) => file.fileId);
}

/** Save a session's file as a download; it is never opened in the page. */
export async function download(file: StoredFile): Promise<void> {
  save(await blob(filePath(file.fileId)), file.fileName ?? file.fileId);
}

/** Let the browser save bytes under a name. */
export function save(data: Blob, name: string): void {
  const url = URL.createObjectURL(new Blob([data], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
