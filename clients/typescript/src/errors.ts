import type { ErrorAck } from "./wire.ts";

/** The server said no: `message` is a sentence for a person, `code` a word for a program. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly code: string;
  readonly retryable: boolean;
  readonly details: Record<string, unknown> | null;

  constructor(ack: Omit<ErrorAck, "success">) {
    super(ack.error);
    this.code = ack.code;
    this.retryable = ack.retryable;
    this.details = ack.details;
  }
}

/** No answer came in time. Whether the command was carried out is not known; the same `commandId` may be sent again. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
  readonly commandId: string;

  constructor(commandId: string) {
    super("The server cannot be reached.");
    this.commandId = commandId;
  }
}
