import { useState } from "react";
import { onlyWatch } from "./drive/driving.ts";
import { Inbox } from "./inbox/inbox.tsx";
import { Pending, useWatchPending } from "./inbox/pending.ts";
import { Banner } from "./parts/banner.tsx";
import { Icon, type IconName } from "./parts/icon.tsx";
import { KeyPage } from "./parts/key-page.tsx";
import { useShortcuts } from "./parts/keys.ts";
import { Notes } from "./parts/notes.tsx";
import { ShortcutSheet } from "./parts/shortcut-sheet.tsx";
import { useTheme } from "./parts/theme.ts";
import { address, go, type Route, useRoute } from "./route.ts";
import { takePart, useClient, useLink, watching } from "./server/connection.ts";
import { signedIn, signOut } from "./server/signing.ts";
import { SessionPage } from "./session/session.tsx";
import { Sessions } from "./sessions/list.tsx";
import { Start } from "./start/start.tsx";

const NO_KEY = new Set(["unauthorized", "key_expired", "key_revoked"]);

/** The console: a way around it, and the page one is on. */
export function App() {
  const link = useLink();
  if (NO_KEY.has(link.problem?.code ?? "")) return <KeyPage problem={link.problem} />;
  return <Console />;
}

function Console() {
  const route = useRoute();
  const pending = useWatchPending();
  const [help, setHelp] = useState(false);
  const client = useClient();
  const watch = () => void onlyWatch(client);
  useShortcuts({
    n: () => go({ at: "start" }),
    s: () => go({ at: "sessions" }),
    i: () => go({ at: "inbox" }),
    "?": () => setHelp(true),
  });
  return (
    <Pending value={pending}>
      <div className="shell" data-at={route.at}>
        <Around route={route} pending={pending.answer?.requests.length ?? 0} help={() => setHelp(true)} watch={watch} />
        <div className="page">
          <Banner watch={watch} />
          <Page route={route} />
        </div>
      </div>
      <Notes />
      {help ? <ShortcutSheet close={() => setHelp(false)} /> : null}
    </Pending>
  );
}

function Page({ route }: { route: Route }) {
  switch (route.at) {
    case "start":
      return <Start />;
    case "sessions":
      return <Sessions />;
    case "inbox":
      return <Inbox />;
    case "session":
      return <SessionPage key={route.id} id={route.id} />;
  }
}

interface AroundFacts {
  route: Route;
  pending: number;
  help: () => void;
  watch: () => void;
}

function Around({ route, pending, help, watch }: AroundFacts) {
  const { theme, turn } = useTheme();
  const only = watching();
  return (
    <nav className="around" aria-label="Console">
      <a className="brand" href={address({ at: "start" })} aria-label="Zenobia">
        <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" />
          <path d="M9.5 10h13l-13 12h13" />
        </svg>
        <span>Zenobia</span>
      </a>
      <Way to={{ at: "start" }} icon="plus" name="New" here={route.at === "start"} />
      <Way
        to={{ at: "sessions" }}
        icon="list"
        name="Sessions"
        here={route.at === "sessions" || route.at === "session"}
      />
      <Way to={{ at: "inbox" }} icon="inbox" name="Inbox" here={route.at === "inbox"} count={pending} />
      <span className="space" />
      <button
        type="button"
        className="way"
        aria-pressed={only}
        title={only ? "You only watch" : "Only watch: take updates away from nobody"}
        onClick={() => (only ? takePart() : watch())}
      >
        <Icon name="eye" />
        <span>Only watch</span>
      </button>
      {signedIn() ? (
        <button type="button" className="way extra" onClick={() => void signOut()}>
          <Icon name="lock" />
          <span>Sign out</span>
        </button>
      ) : null}
      <button type="button" className="way extra" onClick={turn}>
        <Icon name={theme === "dark" ? "sun" : "moon"} />
        <span>{theme === "dark" ? "Light" : "Dark"}</span>
      </button>
      <button type="button" className="way extra wide" onClick={help}>
        <Icon name="keyboard" />
        <span>Keys</span>
      </button>
    </nav>
  );
}

interface WayFacts {
  to: Route;
  icon: IconName;
  name: string;
  here: boolean;
  count?: number;
}

function Way({ to, icon, name, here, count = 0 }: WayFacts) {
  return (
    <a className="way" href={address(to)} aria-current={here ? "page" : undefined}>
      <Icon name={icon} />
      <span>{name}</span>
      {count > 0 ? (
        <span className="count">
          {count}
          <span className="hidden"> pending</span>
        </span>
      ) : null}
    </a>
  );
}
