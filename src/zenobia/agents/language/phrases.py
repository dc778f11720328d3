"""The pieces of a step: the thing on the page, the text, the address, the key, the name.

In quotes, anything goes. Without them a piece is read only where it can mean one thing.
"""

import re
from itertools import takewhile

from zenobia.agents.language.tokens import Token, Tokens, Unclear, raw, vocabulary, without_head
from zenobia.protocol.actions import Target

QUOTE_IT = 'Put what is on the page in quotes, and "then" or a new line between one step and the next.'
LONGEST_BARE_NAME = 8
"""Words of a name on the page without quotes; more is a sentence that means something else."""

FILLERS = vocabulary(
    "the a an on onto to at of in into inside over for from that which says saying reads labelled labeled named called",
    "marked with text label word words value my your its this entry please",
)
ARTICLES = vocabulary("the a an on over at my your")

NOUNS: dict[str, str | None] = {
    "button": "button",
    "link": "link",
    "checkbox": "checkbox",
    "check box": "checkbox",
    "radio": "radio",
    "radio button": "radio",
    "tab": "tab",
    "menu item": "menuitem",
    "heading": "heading",
    "image": "img",
    "picture": "img",
    "table": "table",
    "row": "row",
    "cell": "cell",
    **dict.fromkeys(
        vocabulary(
            "field input input_field box text_box text_field text_area search_box search_field area dropdown drop-down",
            "dropdown_list drop-down_list dropdown_menu list menu element item icon page section option date_field",
            "file_field picker message panel",
        )
    ),
    **{
        role: role
        for role in vocabulary(
            "menuitem textbox searchbox combobox listbox spinbutton slider switch img dialog alert article banner",
            "columnheader grid gridcell rowheader treeitem tabpanel navigation region status menuitemcheckbox",
            "menuitemradio",
        )
    },
}
"""What people call things, and the ARIA role it surely means: a "field" may be one of several."""

BARE_NOUNS = vocabulary("button link checkbox field box dropdown tab input")
"""Nouns that may end a name without quotes and are not a part of it."""

POINTING = vocabulary("it this that them these those him her one here there")
"""What may point at anything, and be a part of any word on the page; to mean the word itself, quote it."""

UNNAMED = vocabulary("result results hit match entry one thing") | NOUNS.keys()
"""What may be counted but names nothing: `the first result`."""

ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
}
DIGITS = frozenset("#0123456789")
NUMBERED = re.compile(r"#?(\d{1,5})(?:st|nd|rd|th)|#(\d{1,5})")

ADDRESS_FILLERS = vocabulary("the page website site url address web at with to for") | {""}
NO_ADDRESS = "This step needs one web address; to follow something on the page, click it."
ADDRESS = re.compile(r"[^\s.:/]\S*[.:]\S*|localhost(?:/\S*)?", re.IGNORECASE)
"""Something with a dot or a colon in it; whether there is such a site, the browser will see."""


def split(tokens: Tokens, *joints: str) -> tuple[Tokens, Tokens]:
    """What stands before and after the first of `joints` that is there, outside quotes.

    Raises:
        Unclear: none is there, or it is there twice and quotes do not say which counts.
    """
    for joint in joints:
        places = [at for at, token in enumerate(tokens) if token.bare == joint and at]
        after_quotes = [at for at in places if tokens[at - 1].quoted is not None]
        chosen = after_quotes or places
        if len(chosen) > 1 and not after_quotes:
            raise Unclear(raw(tokens), f'It has more than one "{joint}": put what is on the page in quotes.')
        if chosen:
            return tokens[: chosen[0]], tokens[chosen[0] + 1 :]
    raise Unclear(raw(tokens), "Part of this step is missing.")


def has(tokens: Tokens, joint: str) -> bool:
    """Whether the word `joint` stands outside quotes, behind something."""
    return any(token.bare == joint for token in tokens[1:])


def only_quoted(tokens: Tokens) -> str | None:
    """What the quotes hold, if there is one quoted piece and otherwise only filler words."""
    quoted = [token.quoted for token in tokens if token.quoted is not None]
    rest = [token.bare for token in tokens if token.bare and token.bare not in FILLERS]
    return quoted[0] if len(quoted) == 1 and not rest else None


def text_of(tokens: Tokens) -> str:
    """A text: what the quotes hold, else the words as written."""
    quoted = only_quoted(tokens)
    return _without_stop(raw(tokens)) if quoted is None else quoted


def name_of(tokens: Tokens) -> str:
    """A text that may not be blank."""
    text = text_of(tokens)
    if not text.strip():
        raise Unclear(raw(tokens), "Something is missing, or there is nothing in the quotes.")
    return text


def _without_stop(text: str) -> str:
    return text.strip().rstrip(".,;:!").strip()


def target_of(tokens: Tokens) -> Target:
    """Something on the page: `the second "Delete" button`, or `Search` where that can mean one thing only.

    Raises:
        Unclear: nothing is named, or there are words that fit nowhere.
    """
    quoted = [token.quoted for token in tokens if token.quoted is not None]
    if len(quoted) > 1:
        raise Unclear(raw(tokens), "Only one thing in quotes fits here; each step does one thing.")
    if not quoted:
        return _bare_target(tokens)
    if not quoted[0].strip():
        raise Unclear(raw(tokens), "There is nothing in the quotes: name what the page shows.")
    role, nth = _described([token for token in tokens if token.quoted is None])
    return Target(text=quoted[0], role=role, nth=nth)


def _described(words: list[Token]) -> tuple[str | None, int | None]:
    """Read the words around the quotes: a role and a number, and nothing that is not understood."""
    role: str | None = None
    nth: int | None = None
    at = 0
    while at < len(words):
        length = noun_at(words, at)
        if length:
            role = NOUNS[_words(words[at : at + length])] or role
        elif (counted := _number(words, at)) is not None:
            nth, length = counted
        elif not _understood(words[at]):
            strange = takewhile(lambda token: not _understood(token), words[at:])
            raise Unclear(raw(list(strange)), "Beside the quotes, only a kind and a number fit: the 2nd ... button.")
        at += length or 1
    return role, nth


def _understood(token: Token) -> bool:
    return not token.bare or token.bare in FILLERS or token.bare in NOUNS


def _words(tokens: Tokens) -> str:
    return " ".join(token.bare for token in tokens)


def noun_at(words: Tokens, at: int) -> int:
    """How many words make a noun for things on a page at `at`: 0 for none."""
    return next((length for length in (2, 1) if _words(words[at : at + length]) in NOUNS), 0)


def _number(words: Tokens, at: int) -> tuple[int, int] | None:
    """The number at `at` and how many words it takes."""
    word = words[at].bare
    if word in ORDINALS:
        return ORDINALS[word], 1
    if found := NUMBERED.fullmatch(word):
        return _counted(found[1] or found[2], words[at]), 1
    if word in {"number", "no", "nr"} and at + 1 < len(words) and words[at + 1].bare.isdecimal():
        return _counted(words[at + 1].bare, words[at + 1]), 2
    return None


def _counted(digits: str, token: Token) -> int:
    if len(digits) > 5 or not 1 <= int(digits) <= 10_000:
        raise Unclear(token.raw, "Things are counted from 1 to 10000.")
    return int(digits)


def _bare_target(tokens: Tokens) -> Target:
    words = [token for token in tokens if token.bare]
    named = without_head(words, ARTICLES, keep=1)
    article = any(token.bare == "the" for token in words[: len(words) - len(named)])
    words = named
    role: str | None = None
    nth: int | None = None
    if len(words) > 1 and (number := _number(words, len(words) - 1)) and words[-1].bare.startswith("#"):
        nth, words = number[0], words[:-1]
    counted = bool(words) and (article or words[0].bare[0] in DIGITS)
    if len(words) > 1 and counted and (number := _number(words, 0)):
        nth, words = number[0], words[number[1] :]
    if len(words) > 1 and words[-1].bare in BARE_NOUNS:
        role, words = NOUNS[words[-1].bare], words[:-1]
    text = _without_stop(raw(words))
    if nth and len(words) == 1 and words[0].bare in UNNAMED:
        raise Unclear(raw(tokens), "Say which: put what the page shows in quotes.")
    unsaid = words[0].bare in NOUNS if article else words and words[0].bare in ARTICLES - {"a"}
    if not text or (len(words) == 1 and (unsaid or words[0].bare in POINTING)):
        raise Unclear(raw(tokens), "Say which: put what the page shows in quotes.")
    if len(words) > LONGEST_BARE_NAME:
        raise Unclear(raw(tokens), QUOTE_IT)
    return Target(text=text, role=role, nth=nth)


def _bare_address(word: str) -> str:
    """The address without the punctuation of the sentence around it."""
    address = word.lstrip("<([").rstrip(".,:;!?>")
    while address.endswith((")", "]")) and address.count(")") + address.count("]") > len(re.findall(r"[(\[]", address)):
        address = address[:-1].rstrip(".,:;!?>")
    return address


def address_of(tokens: Tokens) -> str:
    """A web address as it was written; the operator completes one without a scheme.

    Raises:
        Unclear: this is no address.
    """
    words = [token for token in tokens if token.quoted is not None or token.bare not in ADDRESS_FILLERS]
    if len(words) != 1:
        raise Unclear(raw(tokens), NO_ADDRESS)
    quoted = words[0].quoted
    if quoted and quoted.strip() and any(token.bare == "address" for token in tokens):
        return quoted  # what is called an address is one
    address = _bare_address(words[0].raw) if quoted is None else quoted.strip()
    if not ADDRESS.fullmatch(address):
        raise Unclear(raw(words), NO_ADDRESS)
    return address
