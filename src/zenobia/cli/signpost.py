"""Where to go from here: what a person who has just started a server would try next."""

from rich.console import Group, RenderableType
from rich.text import Text

from zenobia.cli.screen import facts, indented, text
from zenobia.cli.typed import zenobia

CURL = """\
curl -s {url}/api/sessions -H 'Content-Type: application/json' \\
  -d '{{"prompt": "Perform a search for recent news"}}'
curl -s '{url}/api/sessions?limit=1'"""

JAVASCRIPT = """\
import {{ io }} from 'socket.io-client';   // npm install socket.io-client
const socket = io('{url}', {{ transports: ['websocket'] }});
socket.on('sessionStatus', (event) => console.log(event.status, event.message));
socket.emit('createSession', {{ prompt: 'Perform a search for recent news' }}, console.log);"""

HERE = """\
{zenobia} run --server {url} \\
  'open {site}/shop then click "Storm lantern"'"""


def signpost(url: str, site: str) -> RenderableType:
    """The addresses, and ways to speak to the server."""
    addresses = {
        "console": text(url, "bold"),
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
        indented(Text("From another terminal", "quiet")),
        indented(indented(text(HERE.format(zenobia=zenobia(), url=url, site=site), lines=True))),
        Text(),
        indented(Text("Ctrl-C ends it all.", "quiet")),
    )
