import type { Claim, Result, Session } from "zenobia-client";
import { Icon } from "../parts/icon.tsx";
import { ended, REASON } from "../words.ts";

/** What the session brought home, and how far the server found it to be so. */
export function Outcome({ session }: { session: Session }) {
  const { result, reason, error } = session;
  if (result === null && !ended(session.status)) return null;
  return (
    <section className="card outcome" aria-label="Result" data-status={session.status}>
      <h2>Result</h2>
      {reason !== null && reason !== "done" ? (
        <p className="reason" dir="auto">
          {error?.error ?? REASON[reason]}
        </p>
      ) : null}
      {result === null ? null : <Found result={result} />}
      {result === null && reason === "done" ? <p>{REASON.done}</p> : null}
    </section>
  );
}

function Found({ result }: { result: Result }) {
  const extracted = Object.entries(result.extracted);
  return (
    <>
      {result.text ? (
        <p className="text" dir="auto">
          {result.text}
        </p>
      ) : null}
      {result.results.length > 0 ? (
        <ol className="hits">
          {result.results.map((hit) => (
            <li key={hit.link + hit.title}>
              <span className="hit" dir="auto">
                {hit.title}
              </span>
              <span className="link" dir="ltr">
                {hit.link}
              </span>
              {hit.snippet ? <span dir="auto">{hit.snippet}</span> : null}
            </li>
          ))}
        </ol>
      ) : null}
      {extracted.length > 0 ? (
        <dl className="extracted">
          {extracted.map(([name, value]) => (
            <div key={name}>
              <dt dir="auto">{name}</dt>
              <dd dir="auto">
                <Value value={value} />
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
      {result.data === null ? null : <pre className="data">{JSON.stringify(result.data, null, 2)}</pre>}
      {result.claims.length > 0 ? <Evidence claims={result.claims} /> : null}
    </>
  );
}

/** Whatever was read, as text: a list as a list, a table as a table, the rest as JSON. */
export function Value({ value }: { value: unknown }) {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((row) => Array.isArray(row))) {
    return (
      <table>
        <tbody>
          {value.map((row: unknown[], index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a table have no other name and never move
            <tr key={index}>
              {row.map((cell, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: nor have its cells
                <td key={place} dir="auto">
                  {String(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    );
  }
  if (Array.isArray(value))
    return value.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(" · ");
  return <code>{JSON.stringify(value, null, 2)}</code>;
}

const CLAIMED: Record<string, string> = {
  shows: "The page shows",
  confirmed: "The page confirmed",
  file: "There is a file",
  downloaded: "Downloaded",
  read: "It was read",
};

function Evidence({ claims }: { claims: readonly Claim[] }) {
  return (
    <ul className="evidence" aria-label="Evidence">
      {claims.map((claim) => (
        <li key={claim.kind + claim.value} data-verified={claim.verified}>
          <Icon name={claim.verified ? "check" : "question"} size={16} />
          <span dir="auto">
            {CLAIMED[claim.kind] ?? claim.kind}: <q>{claim.value}</q>
            <span className="facts">
              {claim.verified ? (claim.evidence ?? "Verified.") : "The server could not verify this."}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}
