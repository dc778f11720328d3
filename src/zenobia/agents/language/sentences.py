"""From lines to steps: where one step ends and the next begins, which verb a step has, and what to say if it has none.

"then" and a new line always part two steps. A comma, a full stop or an "and" parts them where a verb follows and one
of the two sides is surely a step by itself, so that names such as "Terms and conditions" stay whole.
"""

from collections.abc import Iterator
from difflib import get_close_matches

from zenobia.agents.language.deeds import Ask, Deed, Say, Search, Step
from zenobia.agents.language.phrases import QUOTE_IT
from zenobia.agents.language.tokens import Token, Tokens, Unclear, lines, raw, vocabulary, without_tail
from zenobia.agents.language.verbs import FORMS, Form

POLITE = vocabulary(
    "please now first firstly second secondly third thirdly next finally lastly afterwards also and just kindly can",
    "could would will you i we want need like to should must let let's lets us me okay ok so go ahead try i'd after",
    "that",
)
COURTESIES = vocabulary("please thanks thank you now")
ARTICLES = vocabulary("a an the my your please")
JOINERS = vocabulary("and after that") | {""}
LEADING = POLITE | JOINERS
"""Words that only lead on to a step: `Finally, take a screenshot` is one."""

LONGEST_GUESS = 16
"""Words of a step that "and" or a comma may part from the next; beyond that only "then" does. Keeps reading linear."""

BY_VERB: dict[tuple[str, ...], list[Form]] = {}
for _known in FORMS:
    for _name in _known.verbs:
        BY_VERB.setdefault(tuple(_name.split()), []).append(_known)
LONGEST_VERB = max(map(len, BY_VERB))

INSTEAD = {
    "find": "search for",
    "look": "search for",
    "buy": "click",
    "submit": "click",
    "login": "type",
    "log": "type",
    "sign": "type",
    "set": "type",
    "move": "hover",
    "save": "download",
    "pause": "ask a person",
    "help": "ask a person",
    "browse": "open",
    "start": "open",
    "tell": "say",
    "reload": "open",
    "refresh": "open",
}
"""What people may mean by verbs that the playbook does not have."""

VOCABULARY = (
    "A playbook is plain steps, one a line, that begin with a verb such as open, search for, click, type, select,"
    ' wait for, extract, screenshot or ask a person. For example: open https://example.com, then click "Search".'
)


def steps(text: str) -> Iterator[Step]:
    """The steps of a text of one or more lines.

    Raises:
        Unclear: some of its words are no step, or it ends where a step should follow.
    """
    line: Tokens = ()
    for line in lines(text):
        yield from map(read_step, _sentences(line))
    if line and line[-1].bare == "then":
        raise Unclear(raw(line), 'Nothing follows its "then". Put words that belong to a name or a search in quotes.')


def _sentences(line: Tokens) -> Iterator[Tokens]:
    """The steps of one line, each as its own words."""
    current: list[Token] = []
    for at, token in enumerate(line):
        if token.bare == "then":
            if step := _ended(current):
                yield step
            current = []
            continue
        if current and _parts(current, line, at):
            yield _ended(current)
            current = []
        current.append(token)
    if step := _ended(current):
        yield step


def _ended(tokens: Tokens) -> Tokens:
    """The step without the words that only lead on to the next."""
    return without_tail(tokens, JOINERS)


def _parts(before: list[Token], line: Tokens, at: int) -> bool:
    """Whether a new step begins at `at`, behind a comma, a full stop or an "and"."""
    last = before[-1]
    if line[at].bare in JOINERS:
        return False
    if last.quoted is not None or not (last.bare in JOINERS or last.raw[-1] in ",;.!") or not verb_at(line, at):
        return False
    if len(before) <= LONGEST_GUESS and all(token.quoted is None and token.bare in LEADING for token in before):
        return False
    if last.raw[-1] in ";.!":
        return True
    return _whole(_ended(before)) or _whole(_ended(list(_up_to_next(line, at))))


def _up_to_next(line: Tokens, start: int) -> Iterator[Token]:
    for at in range(start, min(len(line), start + LONGEST_GUESS + 1)):
        if at > start and (line[at].bare == "then" or (line[at].bare == "and" and verb_at(line, at + 1))):
            return
        yield line[at]
        if line[at].quoted is None and line[at].raw[-1] in ",;.":
            return


def _whole(tokens: Tokens) -> bool:
    """Whether these words are surely one whole step: it reads, and nothing in it could go on behind an "and"."""
    if not 0 < len(tokens) <= LONGEST_GUESS:
        return False
    try:
        step = read_step(tokens)
    except Unclear:
        return False
    quoted = any(token.quoted is not None for token in tokens)
    if isinstance(step.deed, Search | Say | Ask):
        return tokens[-1].quoted is not None
    return quoted or not hasattr(step.deed, "target")


def verb_at(tokens: Tokens, start: int) -> bool:
    """Whether a step can begin at `start`."""
    return _verb(tokens[start : start + LONGEST_GUESS]) is not None


def _verb(tokens: Tokens) -> tuple[tuple[str, ...], Tokens] | None:
    """The longest verb that these words begin with, politeness apart, and what follows it."""
    for start, token in enumerate(tokens):
        if found := _verb_here(tokens[start : start + LONGEST_GUESS]):
            verb, length = found
            return verb, tokens[start + length :]
        if token.quoted is not None or token.bare not in POLITE:
            return None
    return None


def _verb_here(tokens: Tokens) -> tuple[tuple[str, ...], int] | None:
    """The longest verb right here, and how many words it takes."""
    words: tuple[str, ...] = ()
    found = None
    if [token.bare for token in tokens[:2]] == ["ask", "first"]:
        return None
    for at, token in enumerate(tokens):
        if not token.bare or len(words) == LONGEST_VERB:
            break
        if words and token.bare in ARTICLES:
            continue
        words += (token.bare,)
        if words in BY_VERB:
            found = words, at + 1
    return found


def read_step(tokens: Tokens) -> Step:
    """One step.

    Raises:
        Unclear: it is none; says what is the matter and what to write instead.
    """
    words = raw(tokens)
    tokens, ask_first = _asked_first(tokens)
    found = _verb(tokens)
    if not found:
        raise Unclear(words, _nearest(tokens))
    verb, rest = found
    deed = _deed(verb, without_tail(rest, COURTESIES, keep=1), words=words)
    if not isinstance(deed, Search | Ask) and _runs_on(rest):
        raise Unclear(words, QUOTE_IT)
    return Step(deed, ask_first, words)


def _runs_on(tokens: Tokens) -> bool:
    """Whether another step may begin in the middle, where no quotes tell."""
    if any(token.quoted is not None for token in tokens):
        return False
    return any(
        (token.bare == "and" or token.raw[-1] == ",") and verb_at(tokens, at) for at, token in enumerate(tokens, 1)
    )


def _asked_first(tokens: Tokens) -> tuple[Tokens, bool]:
    """The step without its `(ask first)`, and whether it had one."""
    said = without_tail(tokens, frozenset({""}))
    before, tail = said[:-2], said[-2:]
    if [token.bare for token in tail] != ["ask", "first"]:
        return tokens, False
    if tail[0].raw[0] in "([":
        return before, True
    if before and before[-1].quoted is None and (before[-1].bare in {"but", "and"} or before[-1].raw[-1] in ",;"):
        return before[:-1] if before[-1].bare in {"but", "and", ""} else before, True
    return tokens, False


def _deed(verb: tuple[str, ...], rest: Tokens, *, words: str) -> Deed:
    problem: Unclear | None = None
    for form in BY_VERB[verb]:
        try:
            return form.read(rest)
        except Unclear as unclear:
            hint = f"{unclear.hint} For example: {form.example}"
            problem = problem or Unclear(unclear.words or words, hint)
    raise problem or Unclear(words, VOCABULARY)


def _nearest(tokens: Tokens) -> str:
    """What might have been meant."""
    firsts = {verb[0]: forms[0] for verb, forms in reversed(BY_VERB.items())}
    for token in tokens[:LONGEST_GUESS]:
        word = token.bare if token.bare not in POLITE else ""
        close = get_close_matches(word[:30], firsts, n=1, cutoff=0.75) if word else []
        if close:
            form = firsts[close[0]]
            return f"A step begins with its verb. Perhaps you mean: {form.example}"
        if word in INSTEAD:
            form = next(form for form in FORMS if INSTEAD[word].startswith(form.verbs[0].split()[0]))
            return f'There is no step "{word}". Perhaps you mean: {form.example}'
    return VOCABULARY
