import type { Session } from "zenobia-client";
import { useNow } from "../parts/now.ts";
import { duration } from "../words.ts";

const COUNT = new Intl.NumberFormat();
const MONEY = new Intl.NumberFormat(undefined, {
  style: "currency",
  currency: "USD",
  currencyDisplay: "narrowSymbol",
  maximumFractionDigits: 4,
});

interface UsageFacts {
  session: Session;
  /** Milliseconds between an end and what took it up again, which do not count. */
  rested: number;
}

/** What it took: time, steps, and what models cost. */
export function Usage({ session, rested }: UsageFacts) {
  const { steps, inputTokens, outputTokens, cost } = session.usage;
  return (
    <dl className="usage">
      <div>
        <dt>Time</dt>
        <dd>
          <Elapsed session={session} rested={rested} />
        </dd>
      </div>
      <div>
        <dt>Steps</dt>
        <dd>{COUNT.format(steps)}</dd>
      </div>
      {inputTokens + outputTokens > 0 ? (
        <>
          <div>
            <dt>Tokens</dt>
            <dd>
              {COUNT.format(inputTokens)} in, {COUNT.format(outputTokens)} out
            </dd>
          </div>
          <div>
            <dt>Cost</dt>
            <dd>{cost === null ? "not known" : MONEY.format(cost)}</dd>
          </div>
        </>
      ) : null}
      <div>
        <dt>Agent</dt>
        <dd dir="auto">{session.type}</dd>
      </div>
    </dl>
  );
}

function Elapsed({ session, rested }: UsageFacts) {
  const now = useNow();
  if (session.startedAt === null) return "not begun";
  return duration((session.endedAt ?? now) - session.startedAt - rested);
}
