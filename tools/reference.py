"""Writes `docs/reference/` and the TypeScript client's types from the code: `python tools/reference.py`.

With `--check`, says what is stale instead.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path

from typescript import wire_types  # beside this file

from zenobia.protocol.errors import ZenobiaError
from zenobia.protocol.live import FRAME_NAME
from zenobia.server.reference import (
    ErrorFacts,
    Shape,
    diagram,
    error_facts,
    moves,
    reference,
    tree,
    wire_errors,
    words,
)
from zenobia.settings import Settings

import_module("zenobia.app")  # so that every error there is has been defined

ROOT = Path(__file__).parent.parent
NOTE = "*Written by `python tools/reference.py` from the code: change it there.*"


def main() -> int:
    """Write every page, or with `--check` name the stale ones and fail."""
    stale = [name for name, text in pages() if not _same(ROOT / name, text)]
    if "--check" in sys.argv:
        sys.stderr.writelines(f"{name} is stale: run python tools/reference.py\n" for name in stale)
        return 1 if stale else 0
    for name, text in pages():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(text, encoding="utf-8")
    return 0


def pages() -> Iterator[tuple[str, str]]:
    """Everything that is written, by its path."""
    for name, title, lines in (
        ("commands.md", "Commands", _commands()),
        ("events.md", "Events", _events()),
        ("objects.md", "Objects", _objects()),
        ("errors.md", "Errors", _errors()),
        ("settings.md", "Settings", _settings()),
        ("status.md", "Status", _status()),
    ):
        text = "\n".join([f"# {title}", "", NOTE, "", *lines])
        yield f"docs/reference/{name}", text.rstrip() + "\n"
    yield "clients/typescript/src/wire.ts", wire_types()


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def _commands() -> Iterator[str]:
    yield "Over Socket.IO a command is an event with at most one payload, and its answer is the acknowledgement. Over"
    yield "REST it is a route: what the path does not say is the query of a `GET` and the JSON body of any other."
    yield "Every answer has `success`; a refusal has `error`, `code` and `retryable` (see [errors](errors.md)). Of the"
    yield "fields, those in **bold** are required. Every payload may hold a `commandId` of your own: a repeat within 24"
    yield "hours is answered the same and does nothing twice. Over Socket.IO a `sessionId` may be left out: it is then"
    yield "the client's current session. A message of more than eight times `max_payload` is not read to its end, so"
    yield "that it cannot be answered: it closes the connection, with 1009 on a websocket.\n"
    facts = reference().commands
    yield from _table(
        ("Command", "REST", ""), ([f"[{c.name}](#{c.name.lower()})", f"`{c.route}`", c.summary] for c in facts)
    )
    for command in facts:
        yield f"## {command.name}\n"
        bare = f" A bare string stands for `{command.bare}`." if command.bare else ""
        yield f"{command.summary}{bare}\n"
        yield f"`{command.route}`\n"
        yield "Payload:\n"
        yield from _shape(command.payload, "objects.md")
        yield "Answer:\n"
        yield from _shape(command.ack, "objects.md", given=True)
        codes = ", ".join(f"[`{error.code}`](errors.md#{error.code})" for error in command.errors)
        yield f"Errors: {codes}\n"
        yield f"```javascript\n{command.javascript}\n```\n"
        yield f"```sh\n{command.curl}\n```\n"


def _events() -> Iterator[str]:
    facts = reference()
    yield "Everything that happens in a session arrives as the one Socket.IO event `sessionStatus`, and as"
    yield "`GET /api/sessions/{sessionId}/events` over REST (as JSON, or followed as `text/event-stream`). Per session"
    yield "`seq` is 1, 2, 3 … with no hole. `eventType` says what `data` holds.\n"
    yield from _shape(facts.envelope, "objects.md", given=True)
    for kind, summary, data in facts.events:
        yield f"## {kind}\n"
        yield f"{summary}\n"
        yield from _shape(data, "objects.md", given=True)
    yield f"# {FRAME_NAME}\n"
    yield "The other Socket.IO event, for clients that asked for it with [startLiveView](commands.md#startliveview)."
    yield "It is no part of a session's log, and never comes to a client that has not called the last one's callback.\n"
    yield f"{facts.frame.summary}\n"
    yield from _shape(facts.frame, "objects.md", given=True)
    yield "```javascript"
    yield f"socket.on('{FRAME_NAME}', (frame, shown) => {{"
    yield "  draw(new Blob([frame.picture], { type: frame.mimeType }), frame.window);\n  shown();\n});\n```\n"


def _objects() -> Iterator[str]:
    for shape in reference().objects:
        yield f"## {shape.name}\n"
        yield f"{shape.summary}\n"
        yield from _shape(shape, "", given=True)
        if shape.words:
            yield ", ".join(f"`{word}`" for word in shape.words) + "\n"


def _errors() -> Iterator[str]:
    yield "`code` is a stable word for programs; the sentence is for people, with facts for its `{names}`, which"
    yield "travel as `details` too. Where *again* says yes, trying again can help, and the answer says `retryable`. The"
    yield "HTTP status is for REST. Some are met only by agents, as the `error` of an action or of a session.\n"
    wire = wire_errors()
    yield from _error_table(wire)
    yield "## When the server does not start\n"
    codes = {error.code for error in wire}
    ours = [kind for kind in tree(ZenobiaError) if kind.__module__.startswith("zenobia.")]
    starting = [error_facts(kind) for kind in ours if "code" in vars(kind) and kind.code not in codes]
    yield from _table(("Code", "Sentence"), ([f"`{error.code}`", error.sentence] for error in starting))


def _error_table(errors: Iterable[ErrorFacts]) -> Iterator[str]:
    rows = [
        [f'<a id="{e.code}"></a>`{e.code}`', e.sentence, str(e.status), "yes" if e.retryable else ""] for e in errors
    ]
    yield from _table(("Code", "Sentence", "HTTP", "Again"), rows)


def _settings() -> Iterator[str]:
    yield "A flag of the command line wins over the environment, which wins over a TOML file (`zenobia.toml` in the"
    yield "working directory, or the one that `ZENOBIA_CONFIG` names).\n"
    rows: list[list[str]] = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{_shown(field.default)}`"
        rows.append([f"`{name}`", f"`ZENOBIA_{name.upper()}`", default, field.description or ""])
    yield from _table(("In TOML", "In the environment", "Default", ""), rows)


def _shown(default: object) -> str:
    return "(empty)" if default in ([], {}) else str(default)


def _status() -> Iterator[str]:
    yield "Where a session stands. These are the only moves there are; what has no arrow cannot happen.\n"
    yield f"```mermaid\n{diagram()}\n```\n"
    rows = ([f"`{old}`", ", ".join(f"`{one}`" for one in new)] for old, new in moves())
    yield from _table(("From", "To"), rows)


def _shape(shape: Shape, page: str, *, given: bool = False) -> Iterator[str]:
    if not shape.members:
        return
    link = _linked(page)
    rows = [
        [f"**`{m.name}`**" if m.required and not given else f"`{m.name}`", words(m.schema, link),
         " ".join(part for part in (f"`{m.default}`" if m.default else "", m.bounds) if part)]
        for m in shape.members
    ]  # fmt: skip
    yield from _table(("Field", "Type", "Default, bounds"), rows)


def _linked(page: str) -> Callable[[str], str]:
    return lambda name: f"[{name}]({page}#{name.lower()})"


def _table(head: tuple[str, ...], rows: Iterable[list[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
    yield ""


if __name__ == "__main__":
    sys.exit(main())
