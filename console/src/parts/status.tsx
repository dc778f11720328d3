import type { Status } from "zenobia-client";
import { STATUS } from "../words.ts";

/** Where a session stands, as a dot and a word: the colour alone never says it. */
export function StatusMark({ status }: { status: Status }) {
  return (
    <span className="status" data-status={status}>
      <span className="dot" aria-hidden="true" />
      {STATUS[status]}
    </span>
  );
}
