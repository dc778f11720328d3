import { useEffect, useState } from "react";
import { Icon } from "../parts/icon.tsx";
import { clock } from "../words.ts";
import type { Line } from "./story.ts";

/** Milliseconds for which each moment is shown while it plays. */
const STEP = 900;

interface ScrubberFacts {
  lines: readonly Line[];
  at: number;
  move: (index: number) => void;
}

/** Goes through an ended session again, moment by moment. */
export function Scrubber({ lines, at, move }: ScrubberFacts) {
  const [playing, setPlaying] = useState(false);
  const last = lines.length - 1;
  useEffect(() => {
    if (!playing) return;
    if (at >= last) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => move(at + 1), STEP);
    return () => clearTimeout(timer);
  }, [playing, at, last, move]);

  const play = () => {
    if (!playing && at >= last) move(0);
    setPlaying(!playing);
  };
  const line = lines[at];
  if (line === undefined) return null;
  return (
    <div className="scrubber">
      <button type="button" className="plain round" aria-label={playing ? "Pause the replay" : "Replay"} onClick={play}>
        <Icon name={playing ? "pause" : "play"} />
      </button>
      <input
        type="range"
        min={0}
        max={last}
        value={at}
        aria-label="Moment"
        aria-valuetext={`${clock(line.event.timestamp)}: ${line.event.message.slice(0, 120)}`}
        onChange={(event) => {
          setPlaying(false);
          move(Number(event.target.value));
        }}
      />
      <time>{clock(line.event.timestamp)}</time>
    </div>
  );
}
