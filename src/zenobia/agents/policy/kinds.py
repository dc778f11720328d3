"""What kind of thing an action is, read off the action and the page, never from an agent's words.

A kind says what is at stake. Where that cannot be told, it is `unknown`, which is asked about like the worst.
"""

import re
from collections.abc import Collection
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from zenobia.operators.base import Sight
from zenobia.protocol import actions
from zenobia.protocol.actions import Action


class Kind(StrEnum):
    """What is at stake."""

    READ = "read"
    NAVIGATE = "navigate"
    NEW_ORIGIN = "new origin"
    CLICK = "click"
    FILL = "fill"
    SEARCH = "search"
    SUBMIT = "submit"
    PAY = "pay"
    SEND = "send"
    DELETE = "delete"
    UPLOAD = "upload"
    DOWNLOAD = "download"
    CREDENTIAL = "credential"
    DISCLOSE = "disclose"
    TOOL = "tool"
    UNKNOWN = "unknown"


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})", re.IGNORECASE)


PAY = _words(
    *(r"pay\b", r"buy\b", r"purchase", r"check ?out", r"(place|submit|send|complete|confirm) (my |your |the )?order"),
    *(r"order( now)?$", r"subscribe", r"donate", r"bid\b", r"book( now|$)", r"reserve", r"transfer", r"withdraw"),
    *(r"bezahl", r"kaufen", r"kostenpflichtig", r"zahlungspflichtig", r"bestell", r"buchen", r"überweis", r"spenden"),
    *(r"payer", r"acheter", r"commander", r"réserver", r"pagar", r"comprar", r"reservar", r"paga\b", r"acquista"),
    *(r"ordina", r"prenota", r"betalen", r"kopen", r"bestellen"),
)
SEND = _words(
    *(r"send", r"post\b", r"publish", r"share", r"reply", r"tweet", r"comment", r"invite", r"forward\b", r"message"),
    *(r"senden", r"absenden", r"abschicken", r"veröffentlich", r"teilen", r"antworten", r"kommentieren", r"einladen"),
    *(r"envoyer", r"publier", r"partager", r"répondre", r"enviar", r"publicar", r"compartir", r"responder", r"invia"),
    *(r"pubblica", r"condividi", r"rispondi", r"verzend", r"verstuur", r"versturen", r"plaatsen", r"delen"),
)
DELETE = _words(
    *(r"delete", r"remove", r"erase", r"destroy", r"unsubscribe", r"deactivate", r"revoke", r"reset", r"wipe"),
    r"(cancel|close|end) (my |your |the )?(subscription|order|booking|account|plan|membership|reservation)",
    *(r"löschen", r"entfernen", r"kündigen", r"stornieren", r"abbestellen", r"zurücksetzen", r"supprimer", r"effacer"),
    *(
        r"résilier",
        r"annuler (la|l|le|ma|mon)",
        r"eliminar",
        r"borrar",
        r"cancelar (la|el|mi|su)",
        r"elimina",
        r"cancella",
    ),
    *(r"verwijder", r"opzeggen", r"annuleren"),
)
HARMLESS = _words(
    *(
        r"add to (cart|basket|bag)",
        r"filter",
        r"sort",
        r"search",
        r"find\b",
        r"show",
        r"(load|see|view|read) ",
        r"more\b",
    ),
    *(r"(accept|reject|allow|decline)( all| only)?( \w+)? cookies", r"accept all", r"reject all", r"got it", r"close$"),
    *(r"cancel$", r"back\b", r"dismiss", r"next page", r"previous", r"suche", r"filtern", r"anzeigen", r"schließen"),
    *(r"in den (warenkorb|einkaufswagen)", r"rechercher", r"buscar", r"cerca", r"zoeken", r"ajouter au panier"),
)
READS = (
    *(actions.Hover, actions.Scroll, actions.WaitFor, actions.Extract, actions.ReadResults, actions.Screenshot),
    *(actions.SwitchTab, actions.CloseTab, actions.GoBack),
)
CALM_KEYS = re.compile(r"(?:Shift\+)?(?:Escape|Tab|Arrow\w+|Page\w+|Home|End|Control\+[acACfF])$")
LETTERS = re.compile(r"^.$|^(?:Backspace|Delete|Space|Control\+[vVxXzZ])$")
TELLING = 60
"""Characters after a path beyond which an address made up by an agent may carry something away."""


def origin_of(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else parts.scheme


def kind_of(action: Action, sight: Sight, known: Collection[str]) -> Kind:
    """What is at stake when `action` is done to what `sight` shows; `known` origins were visited or named before."""
    match action:
        case actions.Open(url=url) | actions.NewTab(url=url):
            return _opening(sight.target or url, known)
        case actions.Upload():
            return Kind.UPLOAD
        case actions.Download():
            return Kind.DOWNLOAD
        case actions.TypeSecret():
            return Kind.CREDENTIAL
        case actions.Type():
            return _typing(action, sight)
        case actions.Select() | actions.Check() | actions.Uncheck() | actions.Drag():
            return Kind.FILL
        case actions.Press(key=key):
            return _pressing(key, sight.facts)
        case actions.AnswerDialog(accept=accept):
            return _answering(accept=accept, facts=sight.facts, text=sight.target or "")
        case actions.Click() | actions.ClickAt():
            return _clicking(sight.facts, known)
        case (
            actions.Hover()
            | actions.Scroll()
            | actions.WaitFor()
            | actions.Extract()
            | actions.ReadResults()
            | actions.Screenshot()
        ):
            return Kind.READ
        case actions.SwitchTab() | actions.CloseTab() | actions.GoBack():
            return Kind.READ
        case actions.CallTool():
            return Kind.TOOL  # what it does is known to its server alone, and what that says of it is no evidence


def _opening(url: str, known: Collection[str]) -> Kind:
    if origin_of(url) in known:
        return Kind.NAVIGATE
    parts = urlsplit(url)
    return Kind.DISCLOSE if len(parts.query) + len(parts.fragment) > TELLING else Kind.NEW_ORIGIN


def _typing(action: actions.Type, sight: Sight) -> Kind:
    if sight.secret:
        return Kind.CREDENTIAL
    return _submitting(sight.facts, str(sight.facts.get("sends") or "")) if action.submit else Kind.FILL


def _pressing(key: str, facts: dict[str, Any]) -> Kind:
    tag, kind = facts.get("tag"), facts.get("type")
    if CALM_KEYS.match(key):
        return Kind.READ
    if key in ("Enter", "NumpadEnter", "Control+Enter", "Space", " "):
        if tag in ("button", "a", "summary") or kind in ("submit", "button"):
            return _clicking(facts, ())
        if key in ("Space", " "):
            return Kind.FILL
        if tag == "input":
            return _submitting(facts, str(facts.get("sends") or "")) if facts.get("inForm") else Kind.CLICK
        return Kind.SEND if tag == "textarea" or facts.get("editable") else Kind.UNKNOWN
    editable = tag in ("input", "textarea", "select") or facts.get("editable")
    return Kind.FILL if editable and LETTERS.match(key) else Kind.UNKNOWN


def _answering(*, accept: bool, facts: dict[str, Any], text: str) -> Kind:
    if not accept or facts.get("dialog") == "alert":
        return Kind.READ
    return _by_words(text) or Kind.UNKNOWN


def _clicking(facts: dict[str, Any], known: Collection[str]) -> Kind:
    """What a click on an element sets off, as far as it can be told before."""
    name = str(facts.get("said") or "")
    tag, href = facts.get("tag"), str(facts.get("href") or "")
    if facts.get("submits"):
        return _submitting(facts, name)
    if href.startswith(("http:", "https:")):
        if DELETE.search(name):
            return Kind.DELETE
        return Kind.NAVIGATE if not known or origin_of(href) in known else Kind.NEW_ORIGIN
    if facts.get("frameOnly") or tag in ("canvas", "iframe", "html", "body", "video", "object", "embed"):
        return Kind.UNKNOWN
    if tag in ("input", "select", "textarea", "option", "label", "summary") and facts.get("type") not in (
        "button",
        "image",
    ):
        return Kind.FILL
    if HARMLESS.search(name) and not PAY.search(name):
        return Kind.CLICK
    return _by_words(name) or (Kind.CLICK if name else Kind.UNKNOWN)


def _submitting(facts: dict[str, Any], name: str) -> Kind:
    """What sending a form is for."""
    if facts.get("password"):
        return Kind.CREDENTIAL
    if facts.get("card"):
        return Kind.PAY
    by_words = _by_words(name)
    if facts.get("search") and by_words is None:
        return Kind.SEARCH
    if HARMLESS.search(name) and by_words in (None, Kind.SEND):
        return Kind.CLICK
    return by_words or Kind.SUBMIT


def _by_words(text: str) -> Kind | None:
    for pattern, kind in ((PAY, Kind.PAY), (DELETE, Kind.DELETE), (SEND, Kind.SEND)):
        if pattern.search(text):
            return kind
    return None
