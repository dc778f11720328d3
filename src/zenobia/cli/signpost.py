"""Where to go from here: what a person who has just started a server would try next."""

from rich.console import Group, RenderableType
from rich.text import Text

from zenobia.cli.screen import facts, indented, text

CURL = """\
curl -N -H 'Accept: text/event-stream' {url}/api/sessions/$(curl -s {url}/api/sessions \\
  -H 'Content-Type: application/json' -d '{{"prompt": "Perform a search for recent news"}}' \\
  | sed 's/.*"sessionId":"\\([^"]*\\)".*/\\1/')/events"""

JAVASCRIPT = """\
import {{ io }} from 'socket.io-client';   // npm install socket.io-client
const socket = io('{url}', {{ transports: ['websocket'] }});
socket.on('sessionStatus', (event) => console.log(event.status, event.message));
socket.emit('createSession', {{ prompt: 'Perform a search for recent news' }}, console.log);"""


def signpost(url: str, site: str) -> RenderableType:
    """The addresses, and two ways to speak to the server."""
    addresses = {
        "server": text(url, "bold"),
        "reference": text(f"{url}/docs", "bold"),
        "site": text(site, "bold"),
    }
    return Group(
        Text(),
        indented(Text("The server stays up. Try it:", "good")),
        Text(),
        facts(addresses),
        Text(),
        indented(Text("From a shell", "quiet")),
        indented(indented(text(CURL.format(url=url), lines=True))),
        Text(),
        indented(Text("From JavaScript", "quiet")),
        indented(indented(text(JAVASCRIPT.format(url=url), lines=True))),
        Text(),
        indented(Text("From here", "quiet")),
        indented(indented(text(f"zenobia run --server {url} 'open {site}/shop then click \"Storm lantern\"'"))),
        Text(),
        indented(Text("Ctrl-C ends it all.", "quiet")),
    )
