/** Line drawings, one size, one weight; each is a path in a 24 by 24 box. */
const PATHS = {
  plus: "M12 5v14M5 12h14",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  inbox: "M3 13l3-8h12l3 8v6H3zM3 13h5l1.5 3h5L16 13h5",
  pause: "M9 5v14M15 5v14",
  play: "M7 5l12 7-12 7z",
  stop: "M6 6h12v12H6z",
  send: "M4 12l16-8-6 16-3-7z",
  clip: "M20 11l-8.5 8.5a5 5 0 01-7-7L13 4a3.4 3.4 0 015 5l-8.5 8.5a1.7 1.7 0 01-2.5-2.5L15 7",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  save: "M12 4v11M7 11l5 5 5-5M5 20h14",
  check: "M5 12.5l4.5 4.5L19 7",
  cross: "M6 6l12 12M18 6L6 18",
  hand: "M8 12V6a1.5 1.5 0 013 0v5M11 11V4.5a1.5 1.5 0 013 0V11M14 11V6a1.5 1.5 0 013 0v8c0 4-2.500 6.500-6 6.500S6 18 4.500 15L3.500 13a1.500 1.500 0 012.500-1.500L8 13.500",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 9.500a2.500 2.500 0 110 5 2.500 2.500 0 010-5z",
  sun: "M12 8a4 4 0 110 8 4 4 0 010-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.500 1.500M17.500 17.500L19 19M19 5l-1.500 1.500M6.500 17.500L5 19",
  moon: "M20 14.500A8.500 8.500 0 019.500 4a8.500 8.500 0 1010.500 10.500z",
  key: "M14.500 9.500a4 4 0 11-4-4 4 4 0 014 4zM13.500 12.500L20 19M17 16l2-2",
  bell: "M6 16V11a6 6 0 0112 0v5l1.500 2h-15zM10 20.500a2 2 0 004 0",
  again: "M19 12a7 7 0 11-2-5l2 2M19 4v5h-5",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 016 0v3",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13",
  back: "M15 5l-7 7 7 7",
  warning: "M12 4l9 16H3zM12 10v4M12 17h.01",
  question: "M9 9a3 3 0 113.500 3c-.500.200-.500.800-.500 1.500M12 17h.01M12 3a9 9 0 110 18 9 9 0 010-18z",
  globe: "M12 3a9 9 0 110 18 9 9 0 010-18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
  keyboard: "M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M8 14h8",
  shield: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
