"""How a server says that it is."""

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from zenobia.protocol.payload import Ack
from zenobia.protocol.wire import Wire


class Pulse(Wire):
    """All that is said of a server to whoever may not know more."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    status: str


class Health(Pulse):
    """`ok` when sessions can be created; `degraded` says in `problems` what is wrong.

    `sandbox` says whether browsers run in Chromium's sandbox, and as whom: on, off, or remote, where nobody here knows.
    `wall` says whether what browsers reach is judged here: on, or none, as remote ones reach what their machines do.
    """

    version: str
    sessions_running: int
    sessions: dict[str, int]
    clients: int
    sandbox: str
    wall: str
    problems: list[str]


class AboutAck(Ack):
    """What this server is: its version, its agents, and the demonstration site that sessions may be tried on."""

    version: str
    agents: list[str]
    default_agent: str
    demo_site: str | None
