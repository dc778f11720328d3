/** Text as it may stand in an HTML document, between tags and inside quoted attributes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"'`]/g, (one) => `&#${one.charCodeAt(0)};`);
}

/** HTML that was made here: only `html` makes it, and everything it takes in is escaped unless it is that already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | null | Html | readonly Html[];

export function html(pieces: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(pieces.reduce((whole, piece, index) => whole + told(parts[index - 1] ?? null) + piece));
}

function told(part: Part): string {
  if (part === null) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  return part.map((one) => one.text).join("");
}
