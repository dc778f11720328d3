import { Sheet } from "./sheet.tsx";

const EVERYWHERE: readonly [string, string][] = [
  ["N", "A new session"],
  ["S", "All sessions"],
  ["I", "The inbox"],
  ["?", "This list"],
];

const ASKED: readonly [string, string][] = [
  ["J / K", "The next or previous request"],
  ["A", "Approve, or say that it is done"],
  ["D", "Deny, with a reason"],
  ["E", "Change what would be typed"],
  ["R", "Answer in words"],
  ["T", "Take over"],
  ["Enter", "Open the session that asks"],
];

/** What the keys do while nobody types. */
export function ShortcutSheet({ close }: { close: () => void }) {
  return (
    <Sheet title="Keys" close={close}>
      <Keys name="Everywhere" keys={EVERYWHERE} />
      <Keys name="When you are asked" keys={ASKED} />
    </Sheet>
  );
}

function Keys({ name, keys }: { name: string; keys: readonly [string, string][] }) {
  return (
    <section>
      <h3>{name}</h3>
      <dl className="keys">
        {keys.map(([pressed, does]) => (
          <div key={pressed}>
            <dt>
              <kbd>{pressed}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
