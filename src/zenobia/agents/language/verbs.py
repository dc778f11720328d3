"""The verbs of the playbook, with everything else that people call them, and what each makes of the rest of its step.

`FORMS` is the whole vocabulary. Where one verb begins several forms, they are tried in order.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from zenobia.agents.language import keys, phrases
from zenobia.agents.language.deeds import ANSWER, Ask, Deed, Say, Search
from zenobia.agents.language.phrases import address_of, name_of, split, target_of, text_of
from zenobia.agents.language.tokens import Token, Tokens, Unclear, raw, vocabulary, without_head, without_tail
from zenobia.protocol import actions as a

PAGE_ENDS = vocabulary("bottom top end start beginning")
APPEARING = vocabulary("to appear appears be visible is shown shows show load loads loaded there has have appeared")
NO_TIMES = "A playbook waits for something on the page, never for a time."
POINT = re.compile(r"(\d+(?:\.\d+)?(?:e-?\d+)?)\s*,?\s+(\d+(?:\.\d+)?(?:e-?\d+)?)")
"""Two numbers, as in `click at 640, 12.5`."""

TYPING = ("type", "enter", "write", "fill in", "fill", "put", "input")
SECONDS = vocabulary("second seconds sec secs s minute minutes ms milliseconds")


@dataclass(frozen=True, slots=True)
class Form:
    """One way to say a step: the verbs that begin it, an example, and how the words after the verb are read."""

    verbs: tuple[str, ...]
    example: str
    read: Callable[[Tokens], Deed]


def _nothing_more(rest: Tokens, allowed: str, deed: Deed) -> Deed:
    known = {"", "please", "now", "thanks", "the", "a", "an", "this", "of", "page", *allowed.split()}
    strange = [token for token in rest if token.quoted is not None or token.bare not in known]
    if strange:
        raise Unclear(raw(strange), "Nothing more fits in this step.")
    return deed


def _open(rest: Tokens) -> Deed:
    words = [token.bare for token in rest]
    for tail in (["in", "a", "new", "tab"], ["in", "new", "tab"]):
        if words[-len(tail) :] == tail:
            return a.NewTab(url=address_of(rest[: -len(tail)]))
    return a.Open(url=address_of(rest))


def _search(rest: Tokens) -> Deed:
    return Search(name_of(rest))


def _search_words(rest: Tokens) -> Deed:
    if phrases.has(rest, "for") or (rest[:1] and rest[0].bare in {"the", "this", "in", "on"}):
        raise Unclear(raw(rest), "Searching goes by the search page; to search elsewhere, type into its field.")
    return _search(rest)


def _click_at(rest: Tokens) -> Deed:
    said = rest[0].quoted if len(rest) == 1 and rest[0].quoted is not None else raw(rest)
    numbers = POINT.fullmatch(said.strip("().,;! "))
    try:
        return a.ClickAt(x=float(numbers[1]), y=float(numbers[2])) if numbers else _click(rest)
    except ValidationError as error:
        raise Unclear(raw(rest), "A point is two numbers of pixels from the window's top left, up to 20000.") from error


def _click(rest: Tokens) -> Deed:
    return a.Click(target=target_of(rest))


def _type(rest: Tokens) -> Deed:
    submit = [token.bare for token in rest[-2:]] == ["and", "submit"]
    text, where = split(rest[:-2] if submit else rest, "into", "in", "on")
    if (name := _secret_of(text)) is not None:
        return a.TypeSecret(secret=name, target=target_of(where), submit=submit)
    return a.Type(text=text_of(text), target=target_of(where), submit=submit)


def _secret_of(tokens: Tokens) -> str | None:
    """The name in `the secret "NAME"`; None if that is not what is said."""
    words = [token.bare for token in tokens if token.quoted is None]
    quoted = [token.quoted for token in tokens if token.quoted is not None]
    named = len(quoted) == 1 and tokens[-1].quoted is not None
    return quoted[0] if named and words in (["secret"], ["the", "secret"]) else None


def _fill(rest: Tokens) -> Deed:
    where, text = split(rest, "with")
    if (name := _secret_of(text)) is not None:
        return a.TypeSecret(secret=name, target=target_of(where))
    return a.Type(text=text_of(text), target=target_of(where))


def _select(rest: Tokens) -> Deed:
    option, where = split(rest, "in", "from", "for", "on")
    return a.Select(option=name_of(_without_noun(option, "option", "value", "entry", "item")), target=target_of(where))


def _without_noun(tokens: Tokens, *nouns: str) -> Tokens:
    """Forgive `select the option "Small"`: what is chosen is always an option."""
    if any(token.quoted is not None for token in tokens):
        return [token for token in tokens if token.bare not in nouns]
    return without_head(tokens, frozenset({"the", *nouns}), keep=1)


def _press(rest: Tokens) -> Deed:
    if pressed := keys.key_of(rest):
        return a.Press(key=pressed)
    named = any(token.quoted is not None or token.bare in {"button", "link"} for token in rest)
    if not named:
        raise Unclear(raw(rest), "That is no key. To press something on the page, click it.")
    return a.Click(target=target_of(rest))


def _drag(rest: Tokens) -> Deed:
    what, onto = split(rest, "onto", "into", "to", "over", "on")
    return a.Drag(target=target_of(what), onto=target_of(onto))


def _scroll(rest: Tokens) -> Deed:
    words = [token for token in rest if token.bare or token.quoted is not None]
    places = [at for at, token in enumerate(words) if token.bare in {"to", "until"}]
    if not places:
        return _scroll_by_screens(words)
    target = words[places[0] + 1 :]
    if any(token.bare in PAGE_ENDS for token in target):
        raise Unclear(raw(target), "Scrolling goes by the screen, or to something that the page shows.")
    _nothing_more(words[: places[0]], "down up", a.Scroll())
    return a.Scroll(to=target_of(target))


def _scroll_by_screens(words: Tokens) -> Deed:
    said = {token.quoted if token.quoted is not None else token.bare for token in words}
    direction = "up" if "up" in said else "down"
    unquoted = [Token(direction) if token.quoted == direction else token for token in words]
    return _nothing_more(unquoted, f"{direction} once bit little screen one by", a.Scroll(to=direction))


def _switch_tab(rest: Tokens) -> Deed:
    words = [token for token in rest if token.bare not in {"tab", "the", "number", ""} or token.quoted is not None]
    if len(words) == 1 and words[0].quoted is None:
        if words[0].bare in {"last", "next", "previous", "other", "new"}:
            raise Unclear(raw(rest), "A tab is named by its title or address, or by its number, counted from 1.")
        counted = phrases.ORDINALS.get(words[0].bare)
        numbered = phrases.NUMBERED.fullmatch(words[0].bare)
        return a.SwitchTab(
            tab=str(counted or (numbered and (numbered[1] or numbered[2])) or words[0].raw.strip(".,;!"))
        )
    return a.SwitchTab(tab=name_of(words))


def _go_to_tab(rest: Tokens) -> Deed:
    if not any(token.bare == "tab" for token in rest):
        raise Unclear(raw(rest), phrases.NO_ADDRESS)
    return _switch_tab(rest)


def _upload(rest: Tokens) -> Deed:
    file, where = split(rest, "to", "into", "in", "on")
    return a.Upload(file=name_of(_without_noun(file, "file")), target=target_of(where))


def _wait(rest: Tokens) -> Deed:
    if len(rest) <= 3 and any(token.bare in SECONDS for token in rest[1:]):
        raise Unclear(raw(rest), NO_TIMES)
    return a.WaitFor(target=target_of(without_tail(rest, APPEARING, keep=1)))


def _wait_for_nothing(rest: Tokens) -> Deed:
    raise Unclear(raw(rest) or "wait", NO_TIMES)


def _extract(rest: Tokens) -> Deed:
    if not phrases.has(rest, "as"):
        target = target_of(rest)
        return a.Extract(target=target, name=target.text)
    what, name = split(rest, "as")
    return a.Extract(target=target_of(what), name=name_of(name))


def _ask(rest: Tokens) -> Deed:
    words = list(rest)
    name = ANSWER
    quotes = [at for at, token in enumerate(words) if token.quoted is not None]
    if quotes and len(words) > quotes[0] + 1 and words[quotes[0] + 1].bare == "as":
        name = name_of(words[quotes[0] + 2 :])
        words = words[: quotes[0] + 1]
    return Ask(name_of(without_head(words, frozenset({"to", ""}), keep=1)), name)


def _answer(*, accept: bool) -> Callable[[Tokens], Deed]:
    def answered(rest: Tokens) -> Deed:
        if phrases.has([Token("dialog"), *rest], "with"):
            _, text = split([Token("dialog"), *rest], "with")
            return a.AnswerDialog(accept=accept, text=text_of(text))
        return _nothing_more(rest, "", a.AnswerDialog(accept=accept))

    return answered


def _on(make: Callable[[a.Target], Deed]) -> Callable[[Tokens], Deed]:
    return lambda rest: make(target_of(rest))


def _emptied(target: a.Target) -> Deed:
    boxes = {"checkbox", "switch", "menuitemcheckbox"}
    return a.Uncheck(target=target) if target.role in boxes else a.Type(text="", target=target)


def _alone(deed: Deed, allowed: str = "") -> Callable[[Tokens], Deed]:
    return lambda rest: _nothing_more(rest, allowed, deed)


FORMS: tuple[Form, ...] = (
    Form(("open", "go to", "goto", "visit", "navigate to", "browse to", "load"), "open https://example.com", _open),
    Form(
        (
            *("search for", "search web for", "look up", "google", "web search for"),
            *(f"{do} {kind} for" for do in ("perform", "do", "run", "make") for kind in ("search", "web search")),
        ),
        "search for recent news",
        _search,
    ),
    Form(("search",), "search for recent news", _search_words),
    Form(
        ("click", "click on", "tap", "tap on", "push"),
        'click "Search"',
        _click,
    ),
    Form(("click at",), "click at 640, 360", _click_at),
    Form(TYPING, 'type "Ada" into "Name"', _type),
    Form(("fill", "fill in", "fill out"), 'fill "Name" with "Ada"', _fill),
    Form(("select", "choose", "pick"), 'select "Large" in "Size"', _select),
    Form(("check", "tick"), 'check "I agree"', _on(lambda target: a.Check(target=target))),
    Form(("uncheck", "untick"), 'uncheck "Newsletter"', _on(lambda target: a.Uncheck(target=target))),
    Form(("clear",), 'clear "Name"', _on(_emptied)),
    Form(("press", "hit"), "press Enter", _press),
    Form(
        ("hover", "hover over", "point at", "point to", "move mouse over", "move mouse to"),
        'hover "Products"',
        _on(lambda target: a.Hover(target=target)),
    ),
    Form(("drag", "drag and drop"), 'drag "Card" onto "Done"', _drag),
    Form(("scroll",), 'scroll to "Contact"', _scroll),
    Form(("go back", "back"), "go back", _alone(a.GoBack(), "to previous one once last")),
    Form(
        ("new tab", "open new tab", "open new tab with", "open new tab at", "new tab with"),
        "new tab https://example.com",
        lambda rest: a.NewTab(url=address_of(rest)),
    ),
    Form(
        ("switch to tab", "switch to", "switch tab to", "switch tab", "go to tab"), 'switch to tab "News"', _switch_tab
    ),
    Form(("go to",), 'switch to tab "News"', _go_to_tab),
    Form(("close tab", "close this tab", "close current tab"), "close tab", _alone(a.CloseTab())),
    Form(("upload", "attach"), 'upload "report.pdf" to "Your file"', _upload),
    Form(("download",), 'download "Price list"', _on(lambda target: a.Download(target=target))),
    Form(("wait for", "wait until", "wait till"), 'wait for "Results"', _wait),
    Form(("wait",), 'wait for "Results"', _wait_for_nothing),
    Form(("extract", "read", "get", "scrape", "grab", "copy"), 'extract "Price" as price', _extract),
    Form(("read results", "read search results"), "read results", _alone(a.ReadResults())),
    Form(
        (
            *("screenshot", "take screenshot", "take picture", "make screenshot", "take snapshot"),
            *("capture screen", "capture page", "capture screenshot"),
        ),
        "screenshot",
        _alone(a.Screenshot()),
    ),
    Form(
        (
            *("ask person", "ask human", "ask someone", "ask somebody", "ask user", "ask me", "ask"),
            *("ask person for help", "ask human for help"),
        ),
        'ask a person "Please solve the captcha"',
        _ask,
    ),
    Form(
        tuple(f"{do} {what}" for do in ("accept", "confirm", "ok") for what in ("dialog", "alert", "prompt")),
        "accept dialog",
        _answer(accept=True),
    ),
    Form(
        tuple(f"{do} {what}" for do in ("dismiss", "cancel", "close") for what in ("dialog", "alert", "prompt")),
        "dismiss dialog",
        _answer(accept=False),
    ),
    Form(("say",), 'say "Done"', lambda rest: Say(name_of(rest))),
)
