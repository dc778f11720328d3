import { useEffect, useState } from "react";
import { blob } from "../server/rest.ts";

/** A picture that the server keeps, read with this tab's key. While another loads, the last one stays. */
export function StoredImage({ path, alt, className }: { path: string; alt: string; className?: string }) {
  const [shown, setShown] = useState<{ url: string } | null>(null);
  const [missing, setMissing] = useState(false);

  useEffect(() => {
    const gone = new AbortController();
    let url = "";
    blob(path, gone.signal).then(
      (data) => {
        url = URL.createObjectURL(data);
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
