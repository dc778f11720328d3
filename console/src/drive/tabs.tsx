import { type FormEvent, useEffect, useRef, useState } from "react";
import type { LiveWindow } from "zenobia-client";
import { Icon } from "../parts/icon.tsx";
import type { Hands } from "./inputs.ts";

interface TabsFacts {
  window: LiveWindow;
  /** Whose hands may change tabs; nobody's, where one only watches. */
  hands: Hands | null;
}

/** The browser's tabs, where there are several or somebody drives. */
export function Tabs({ window, hands }: TabsFacts) {
  if (window.tabs.length < 2 && hands === null) return null;
  return (
    <ul className="tabs" aria-label="Tabs of the browser">
      {window.tabs.map((tab) => {
        const title = tab.title || tab.url || "New tab";
        return (
          <li key={tab.number} className="tab" data-current={tab.current}>
            {hands === null ? (
              <span className="name" dir="auto" aria-current={tab.current}>
                {title}
              </span>
            ) : (
              <>
                <button
                  type="button"
                  className="plain name"
                  dir="auto"
                  aria-current={tab.current}
                  onClick={() => hands.do({ type: "tab", action: "switch", tab: tab.number })}
                >
                  {title}
                </button>
                <button
                  type="button"
                  className="plain"
                  aria-label={`Close ${title}`}
                  onClick={() => hands.do({ type: "tab", action: "close", tab: tab.number })}
                >
                  <Icon name="cross" size={12} />
                </button>
              </>
            )}
          </li>
        );
      })}
      {hands === null ? null : (
        <li>
          <button
            type="button"
            className="plain"
            aria-label="New tab"
            onClick={() => hands.do({ type: "tab", action: "open" })}
          >
            <Icon name="plus" size={14} />
          </button>
        </li>
      )}
    </ul>
  );
}

interface AddressFacts {
  url: string | null;
  hands: Hands | null;
  /** Whether a dialog holds the page: it may be asked whether to leave, and stays where it is if that is not wanted. */
  held: boolean;
}

/** Where the browser is; who drives can go elsewhere. */
export function Address({ url, hands, held }: AddressFacts) {
  const [wanted, setWanted] = useState(url ?? "");
  const typing = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: after a dialog the page may not have gone where it was sent
  useEffect(() => {
    if (!typing.current) setWanted(url ?? ""); // else it would be taken from under the fingers
  }, [url, held]);
  if (hands === null) {
    return (
      <>
        <Icon name="globe" size={15} />
        <span className="url" dir="ltr" title={url ?? ""}>
          {url ?? "No page"}
        </span>
      </>
    );
  }
  const goThere = (event: FormEvent) => {
    event.preventDefault();
    typing.current = false;
    if (wanted.trim()) hands.do({ type: "navigate", url: wanted.trim() });
  };
  return (
    <form className="address-form" onSubmit={goThere}>
      <button
        type="button"
        className="plain"
        aria-label="Back"
        onClick={() => hands.do({ type: "history", action: "back" })}
      >
        <Icon name="back" size={16} />
      </button>
      <button
        type="button"
        className="plain flipped"
        aria-label="Forward"
        onClick={() => hands.do({ type: "history", action: "forward" })}
      >
        <Icon name="back" size={16} />
      </button>
      <button
        type="button"
        className="plain"
        aria-label="Load again"
        onClick={() => hands.do({ type: "history", action: "reload" })}
      >
        <Icon name="again" size={16} />
      </button>
      <input
        aria-label="Address"
        dir="ltr"
        inputMode="url"
        autoCapitalize="off"
        spellCheck={false}
        value={wanted}
        onChange={(event) => {
          typing.current = true;
          setWanted(event.target.value);
        }}
        onFocus={(event) => event.target.select()}
        onBlur={() => {
          typing.current = false;
        }}
      />
    </form>
  );
}
