import type { Client, InputAck, LiveWindow, SendInput } from "zenobia-client";
import { Refused } from "zenobia-client";

export type Input = NonNullable<SendInput["inputs"]>[number];

/** Inputs of one command, and milliseconds in which a driver's hands must reach the browser. */
const MOST = 100;
const WITHIN = 8_000;

/**
 * A driver's hands: inputs go out in order, many at a time while an answer is awaited, and of movements only the last.
 */
export class Hands {
  readonly #client: Client;
  readonly #sessionId: string;
  readonly #controlId: string;
  readonly #tell: (answer: InputAck) => void;
  readonly #lost: (problem: Error) => void;
  #waiting: Input[] = [];
  #busy = false;
  #doing: Promise<void> = Promise.resolve();

  constructor(client: Client, held: Held, tell: (answer: InputAck) => void, lost: (problem: Error) => void) {
    this.#client = client;
    this.#sessionId = held.sessionId;
    this.#controlId = held.controlId;
    this.#tell = tell;
    this.#lost = lost;
  }

  do(...inputs: Input[]): void {
    for (const input of inputs) {
      const last = this.#waiting.at(-1);
      if (last !== undefined && moves(last) && moves(input) && last.type === input.type) this.#waiting.pop();
      this.#waiting.push(input);
    }
    if (!this.#busy) this.#doing = this.#send();
  }

  /** When all that was done so far has reached the browser, or has been given up. */
  settled(): Promise<void> {
    return this.#doing;
  }

  /** Say that the driver is still there. */
  stay(): void {
    if (!this.#busy) void this.#once([]);
  }

  async #send(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const large = this.#waiting.findIndex((input, place) => place > 0 && input.type === "paste");
      const inputs = this.#waiting.splice(0, large < 0 ? MOST : Math.min(large, MOST)); // of two, one command is too long
      await this.#once(inputs);
    }
    this.#busy = false;
  }

  async #once(inputs: Input[]): Promise<void> {
    const payload = { sessionId: this.#sessionId, controlId: this.#controlId, inputs };
    try {
      this.#tell(await this.#client.send("sendInput", payload, { commandId: null, tryFor: WITHIN }));
    } catch (problem) {
      this.#waiting = []; // what was meant for a page that may look different now is not done late
      this.#lost(problem as Error);
    }
  }
}

export interface Held {
  sessionId: string;
  controlId: string;
}

function moves(input: Input): boolean {
  return (input.type === "mouse" || input.type === "touch") && input.action === "move";
}

/** Whether a refusal means that one does not drive any more. */
export function drivesNoMore(problem: unknown): problem is Refused {
  return problem instanceof Refused && ["not_driving", "session_ended", "unknown_session"].includes(problem.code);
}

type Point = { x: number; y: number };

/** A point of the picture as the page's own, in CSS pixels of its window. */
export function pointOf(at: { clientX: number; clientY: number }, box: DOMRect, window: LiveWindow): Point {
  const inside = (share: number, size: number) => Math.round(Math.min(1, Math.max(0, share)) * size * 10) / 10;
  return {
    x: inside((at.clientX - box.left) / box.width, window.width),
    y: inside((at.clientY - box.top) / box.height, window.height),
  };
}

type Modifier = "Alt" | "Control" | "Meta" | "Shift";

export function modifiersOf(event: {
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
}): Modifier[] {
  const held: [boolean, Modifier][] = [
    [event.altKey, "Alt"],
    [event.ctrlKey, "Control"],
    [event.metaKey, "Meta"],
    [event.shiftKey, "Shift"],
  ];
  return held.flatMap(([down, name]) => (down ? [name] : []));
}

const BUTTONS = ["left", "middle", "right"] as const;

/** A mouse's button as the page knows it; none for those at its side, which would lead away from the page. */
export function buttonOf(event: { button: number }): (typeof BUTTONS)[number] | undefined {
  return BUTTONS[event.button];
}
