"""A request put to the person at the terminal: exactly what would happen, and what can be said to it."""

import time
from dataclasses import dataclass
from enum import Enum

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from zenobia.cli.screen import facts, out, plain, sign, text
from zenobia.cli.terminal import ask
from zenobia.cli.timeline import clock, lasted
from zenobia.cli.typed import zenobia
from zenobia.client import ApiError, Client
from zenobia.protocol.human import HumanLayerRequest, RequestKind, Verdict

HEADINGS = {
    RequestKind.APPROVAL: "May this be done?",
    RequestKind.HELP: "Help is needed",
    RequestKind.QUESTION: "A question",
}
KEYS: dict[Verdict, tuple[str, str]] = {
    Verdict.APPROVE: ("a", "approve"),
    Verdict.RESPOND: ("r", "reply"),
    Verdict.DENY: ("d", "deny"),
}
LATER = "l"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person decided, and in which words."""

    verdict: Verdict
    words: str | None = None


class Standing(Enum):
    """An answer to every request, given before any is asked."""

    YES = "yes"
    NO = "no"


def request_panel(request: HumanLayerRequest) -> RenderableType:
    """Everything a person must see before deciding, in the server's own words."""
    action = request.action
    seen: dict[str, object] = {"what": text(request.title, "bold")}
    if action is not None:
        seen |= {
            "verb": text(action.verb, "verb"),
            "target": action.target,
            "page": action.page_url,
            "origin": text(action.origin or "", "careful"),
        }
        seen |= {name: text(value, "bold") for name, value in action.values.items()}
    remaining = lasted(max(0, request.expires_at - time.time() * 1_000))
    seen |= {
        "why": request.reason,
        "words of": _author(request),
        "until": f"{clock(request.expires_at)} (in {remaining})",
        "request": request.id,
    }
    heading = Text(HEADINGS[request.kind], "asked")
    if not out().is_terminal:
        return Group(heading, facts(seen))
    border = box.ROUNDED if sign("●") == "●" else box.ASCII
    return Panel(facts(seen), title=heading, title_align="left", border_style="asked", box=border, padding=(1, 1))


def how_to_answer(request: HumanLayerRequest, server: str) -> Text:
    """What to type elsewhere."""
    words = {
        Verdict.APPROVE: f"{zenobia()} approve {request.id}",
        Verdict.RESPOND: f'{zenobia()} answer {request.id} "..."',
        Verdict.DENY: f'{zenobia()} deny {request.id} --reason "..."',
    }
    lines = Text().append("  To answer, type one of these in another terminal:", "quiet")
    for verdict in request.allowed:
        lines.append("\n    ").append(plain(f"{words[verdict]} --server {server}"), style="bold")
    return lines


async def ask_for_decision(request: HumanLayerRequest) -> Choice | None:
    """Ask until the person decides; None if they leave it for later."""
    while True:
        said = await ask(_question(request))
        if said is None or said.lower() == LATER:
            return None
        verdict = _verdict(request, said.lower())
        if verdict is Verdict.RESPOND:
            reply = await ask(Text("  Your reply: ", "quiet"))
            if reply:
                return Choice(verdict, reply)
        elif verdict is Verdict.DENY:
            return Choice(verdict, await ask(Text("  Reason (may be empty): ", "quiet")) or None)
        elif verdict is not None:
            return Choice(verdict)


async def decide(client: Client, request: HumanLayerRequest, choice: Choice) -> None:
    """Tell the server; that somebody else was faster shows in what happens next."""
    try:
        match choice.verdict:
            case Verdict.APPROVE:
                await client.approve(request.id)
            case Verdict.DENY:
                await client.deny(request.id, choice.words)
            case Verdict.RESPOND:
                await client.respond(request.id, choice.words)
    except ApiError as error:
        if error.code not in {"already_decided", "session_ended"}:
            raise


def unattended(request: HumanLayerRequest, standing: Standing) -> Choice:
    """What a run that was told its answer beforehand says: yes only ever to an exact action."""
    if standing is Standing.YES and request.kind is RequestKind.APPROVAL:
        return Choice(Verdict.APPROVE)
    return Choice(Verdict.DENY, f"Nobody is there to decide: the run was started with --{standing.value}.")


def _author(request: HumanLayerRequest) -> str | None:
    """Who wrote what is asked, where it was not the server."""
    return "the agent, which pages may have talked into it" if request.author == "agent" else None


def _question(request: HumanLayerRequest) -> Text:
    line = Text("  ")
    for verdict in request.allowed:
        key, word = KEYS[verdict]
        line.append(f"[{key}]", "asked").append(word.removeprefix(key) + "  ")
    return line.append(f"[{LATER}]", "asked").append("ater  > ")


def _verdict(request: HumanLayerRequest, said: str) -> Verdict | None:
    return next((verdict for verdict in request.allowed if said and said in (KEYS[verdict][0], KEYS[verdict][1])), None)
