import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { Icon } from "../parts/icon.tsx";
import { LineView } from "./lines.tsx";
import type { Line } from "./story.ts";

/** Pixels from its end within which the timeline follows what comes. */
const NEAR = 80;

/** Milliseconds after a touch of the hand in which scrolling is taken to be its doing. */
const BY_HAND = 1_000;

interface TimelineFacts {
  lines: readonly Line[];
  count: number;
  /** Why the session has failed, where its result says so. */
  why: string | null;
  current: number | null;
  pick: ((index: number) => void) | null;
}

/** Everything that happened, of which only what can be seen is in the page. */
export function Timeline({ lines, count, why, current, pick }: TimelineFacts) {
  const scroller = useRef<HTMLDivElement>(null);
  const [away, setAway] = useState(false);
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => 48,
    getItemKey: (index) => lines[index]?.seq ?? index,
    overscan: 8,
  });

  useEffect(() => {
    if (current === null && !away && count > 0) rows.scrollToIndex(count - 1, { align: "end" });
  }, [count, away, current, rows]);
  useEffect(() => {
    if (current !== null) rows.scrollToIndex(current, { align: "auto" });
  }, [current, rows]);

  // what scrolls by itself, because lines were added or measured, is not a person going elsewhere
  const hand = useRef(Number.NEGATIVE_INFINITY);
  const touched = () => {
    hand.current = performance.now();
  };
  const scrolled = () => {
    const box = scroller.current;
    if (box === null) return;
    const far = box.scrollHeight - box.scrollTop - box.clientHeight > NEAR;
    if (!far || performance.now() - hand.current < BY_HAND) setAway(far);
  };
  return (
    <section className="timeline" aria-label="What happened">
      <div
        className="scroller"
        ref={scroller}
        onScroll={scrolled}
        onWheel={touched}
        onTouchMove={touched}
        onPointerDown={touched}
        onKeyDown={touched}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-label="Timeline"
      >
        <div className="lines" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((row) => {
            const line = lines[row.index];
            return line === undefined ? null : (
              <div
                key={row.key}
                className="row"
                data-index={row.index}
                ref={rows.measureElement}
                style={{ transform: `translateY(${row.start}px)` }}
              >
                <LineView
                  line={line}
                  why={why}
                  current={row.index === current}
                  pick={pick && (() => pick(row.index))}
                />
              </div>
            );
          })}
        </div>
      </div>
      {away && current === null ? (
        <button type="button" className="newest" onClick={() => setAway(false)}>
          <Icon name="save" size={14} /> Newest
        </button>
      ) : null}
    </section>
  );
}
