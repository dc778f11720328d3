import { useEffect, useState } from "react";
import { blob } from "../server/rest.ts";

/** A picture that the server keeps, read with this tab's key. While another loads, the last one stays. */
export function StoredImage({ path, alt, className }: { path: string; alt: string; className?: string }) {
  const [shown, setShown] = useState<{ url: string } | null>(null);
  const [missing, setMissing] = useState(false);

  useEffect(() => {
    const gone = new AbortController();
    let url = "";
    decoded(path, gone.signal).then(
      (made) => {
        url = made;
        setShown({ url });
        setMissing(false);
      },
      () => {
        if (!gone.signal.aborted) setMissing(true);
      },
    );
    return () => {
      gone.abort();
      if (url) setTimeout(() => URL.revokeObjectURL(url), 1_000); // the next one is on its way
    };
  }, [path]);

  if (missing) return <p className="missing">This picture is not there any more.</p>;
  if (shown === null) return <div className={`waiting ${className ?? ""}`} aria-hidden="true" />;
  return <img src={shown.url} alt={alt} className={className} draggable={false} />;
}

/** An address for a picture that is read from there, once it is decoded: shown, it has its size from the first moment. */
export async function decoded(path: string, signal: AbortSignal): Promise<string> {
  const url = URL.createObjectURL(await blob(path, signal));
  const picture = new Image();
  picture.src = url;
  try {
    await picture.decode();
    signal.throwIfAborted();
    return url;
  } catch (problem) {
    URL.revokeObjectURL(url);
    throw problem;
  }
}
