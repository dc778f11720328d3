import { takePart, useClient, useLink, watching } from "../server/connection.ts";
import { Icon } from "./icon.tsx";
import { trying } from "./notes.tsx";

/** How it stands with the connection, as it is, where that is not as it should be. */
export function Banner({ watch }: { watch: () => void }) {
  const client = useClient();
  const link = useLink();
  if (link.state === "refused") {
    return (
      <div className="banner" role="alert" data-tone="bad">
        <Icon name="warning" />
        <p dir="auto">{link.problem?.message}</p>
      </div>
    );
  }
  if (link.state === "offline") {
    return (
      <div className="banner" role="alert" data-tone="bad">
        <Icon name="warning" />
        <p>Not connected. What you see may be old; sessions go on without you.</p>
        <button type="button" onClick={() => client.retry()}>
          Try now
        </button>
      </div>
    );
  }
  if (watching()) {
    return (
      <div className="banner" role="status" data-tone="calm">
        <Icon name="eye" />
        <p>You only watch. Whoever is active stays so.</p>
        <button type="button" onClick={takePart}>
          Take part
        </button>
      </div>
    );
  }
  if (link.state === "online" && !link.active) {
    return (
      <div className="banner" role="alert" data-tone="wait">
        <Icon name="eye" />
        <p>Another page or program has become the active client, so updates go there.</p>
        <button type="button" className="primary" onClick={() => trying(() => client.takeBack())}>
          Take it back
        </button>
        <button type="button" onClick={watch}>
          Only watch
        </button>
      </div>
    );
  }
  return null;
}
