"""The same steps as YAML: a list of plain steps and mappings, each mapping one step.

Only lists, mappings and scalars are read, as the text they were written with: no tags, no anchors, no deep nesting.
"""

import re
from collections.abc import Iterator

import yaml

from zenobia.agents.language import sentences
from zenobia.agents.language.deeds import Step
from zenobia.agents.language.phrases import NOUNS
from zenobia.agents.language.sentences import BY_VERB, read_step
from zenobia.agents.language.tokens import Token, Unclear, lines, literal
from zenobia.agents.language.verbs import TYPING

try:
    from yaml import CSafeLoader as Loader  # ten times as fast, where it was built
except ImportError:  # pragma: no cover
    from yaml import SafeLoader as Loader

DEEPEST = 6
MAIN = frozenset({"what", "text", "target", "option", "file", "url", "words", "field", "key", "label"})
JOINTS = ("into", "in", "from", "to")
LATE_JOINTS = ("onto", "with", "as")
LEADING = frozenset({"to", "until", "key"})
"""Words that may stand between a verb and what it is about: scroll to, press key."""

EXAMPLE = '- type: {text: "Ada", into: "Name"}'
YES = frozenset({"true", "yes", "on"})
NO = frozenset({"false", "no", "off", ""})
EMPTY = frozenset({"", "~", "null"})

ITEM = re.compile(r"^[^\S\n]*-[^\S\n]+[\"']?([A-Za-z][A-Za-z _-]*?)[\"']?\s*:(?:\s|$)", re.MULTILINE)
LIST = re.compile(r"(?:[^\S\n]*(?:#[^\n]*)?\n)*[^\S\n]*-", re.MULTILINE)
"""The first line that holds anything is an item; else a dash further down is in somebody's quotes."""

OPENING = re.compile(
    r"(?:[^\S\n]*(?:#[^\n]*)?\n)*[^\S\n]*"  # blank lines and comments
    r"(?:---(?:\s|$)|steps\s*:\s*$|-\s+(?:\"[^\"\n]*\"|'[^'\n]*')\s*$|-\s+\{|\[\s*[{\"]|\{\s*\"?steps\"?\s*:)",
    re.MULTILINE,
)


def is_yaml(prompt: str) -> bool:
    """Whether the prompt means to be YAML: it opens like it, or it is a list and has an item whose key is a verb."""
    if OPENING.match(prompt):
        return True
    return bool(LIST.match(prompt)) and any(_is_verb(item[1]) for item in ITEM.finditer(prompt))


def steps(prompt: str) -> Iterator[Step]:
    """The steps of a YAML prompt.

    Raises:
        Unclear: it is no such list, or one of its steps is none.
    """
    for item in _items(_composed(prompt), prompt):
        if isinstance(item, yaml.ScalarNode):
            yield from sentences.steps(item.value)
        elif isinstance(item, yaml.MappingNode):
            yield from _mapped(item, _source(item, prompt))
        else:
            raise Unclear(_source(item, prompt), f"A step is a line or a mapping. For example: {EXAMPLE}")


def _composed(prompt: str) -> yaml.Node | None:
    try:
        depth = 0
        for event in yaml.parse(prompt, Loader=Loader):
            if isinstance(event, yaml.AliasEvent):
                raise Unclear(f"*{event.anchor}", f"A playbook has no anchors. For example: {EXAMPLE}")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise Unclear(
                    _line(prompt, event.start_mark.line if event.start_mark else None),
                    f"That is nested too deep. For example: {EXAMPLE}",
                )
        return yaml.compose(prompt, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        hint = f"It looks like YAML, but: {error.problem or error.context}. Quote a text that holds a colon."
        mark = error.problem_mark or error.context_mark
        raise Unclear(_line(prompt, mark.line if mark else None), hint) from error
    except yaml.YAMLError as error:
        raise Unclear(prompt.strip()[:80], "It looks like YAML, but holds characters that YAML may not.") from error


def _line(prompt: str, number: int | None) -> str:
    """The line with that number, from 0; the last one if there is none."""
    written = prompt.rstrip().splitlines() or [""]
    return written[-1 if number is None or number >= len(written) else number].strip()


def _source(node: yaml.Node, prompt: str) -> str:
    return prompt[node.start_mark.index : node.end_mark.index].strip()


def _items(root: yaml.Node | None, prompt: str) -> list[yaml.Node]:
    """The steps' nodes: of a list, or of what stands under `steps`."""
    if isinstance(root, yaml.MappingNode):
        named = {key.value: value for key, value in root.value}
        if set(named) == {"steps"}:
            root = named["steps"]
    if not isinstance(root, yaml.SequenceNode):
        raise Unclear(_source(root, prompt) if root else "", f"A playbook is a list of steps. For example: {EXAMPLE}")
    return root.value


def _mapped(node: yaml.MappingNode, source: str) -> Iterator[Step]:
    """The one step of a mapping; or of a line that only looks like one, as in `- type "Note: x" into "Y"`."""
    fields = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    verbs = [name for name in fields if _is_verb(name)]
    if not verbs and len(fields) == 1:
        yield from sentences.steps(source)
        return
    if len(verbs) != 1 or len(fields) != len(node.value):
        raise Unclear(source, f"Each step of the list needs one verb and a dash of its own. For example: {EXAMPLE}")
    yield _step(verbs[0], fields, source)


def _step(verb: str, fields: dict[str, yaml.Node], source: str) -> Step:
    held = fields[verb]
    details = {_plain(name): value for name, value in fields.items() if name != verb}
    if isinstance(held, yaml.MappingNode):
        details |= {_plain(str(key.value)): value for key, value in held.value}
    given = {name: _text(value, source) for name, value in details.items()}
    ask_first = _flag(given.pop("ask first", ""))
    submit = _flag(given.pop("submit", ""))
    main = [] if isinstance(held, yaml.MappingNode) else _value(held, source)
    tokens = [*map(Token, _plain(verb).split()), *main, *_details(given)]
    step = read_step([*tokens, Token("and"), Token("submit")] if submit else tokens)
    return Step(step.deed, step.ask_first or ask_first, source)


def _value(node: yaml.Node, source: str) -> list[Token]:
    """The verb's own value: literally, but for a plain `the "Search" button`, which is read as everywhere."""
    text = _text(node, source)
    if not isinstance(node, yaml.ScalarNode) or not node.style:
        if text.casefold() in EMPTY:
            return []
        if any(quote in text for quote in '"“`') and (found := list(lines(text))):
            return [token for line in found for token in line]
    return [literal(text)]


def _text(node: yaml.Node, source: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise Unclear(source, f"What a step needs is a text. For example: {EXAMPLE}")
    return str(node.value)


def _flag(text: str) -> bool:
    if text.casefold() not in YES | NO:
        raise Unclear(text, "This is either true or false.")
    return text.casefold() in YES


def _details(given: dict[str, str]) -> Iterator[Token]:
    """The details in the order and with the words of a plain step."""
    unknown = given.keys() - MAIN - {*JOINTS, *LATE_JOINTS, "secret", "role", "nth", "name"}
    if unknown:
        known = ", ".join([*sorted(MAIN), *JOINTS, *LATE_JOINTS, "secret", "role", "nth", "ask_first", "submit"])
        raise Unclear(min(unknown), f"A step knows these details: {known}.")
    for name in MAIN & given.keys():
        yield literal(given[name])
    if "secret" in given:
        yield from (Token("secret"), literal(given["secret"]))
    yield from _joined(given, JOINTS)
    if "role" in given:
        if given["role"].casefold() not in NOUNS:
            raise Unclear(given["role"], "That is no kind of thing on a page. For example: button, link, checkbox.")
        yield Token(given["role"])
    if "nth" in given:
        yield Token(f"#{given['nth']}")
    yield from _joined({"as": given["name"]} | given if "name" in given else given, LATE_JOINTS)


def _joined(given: dict[str, str], joints: tuple[str, ...]) -> Iterator[Token]:
    for joint in joints:
        if joint in given:
            yield Token(joint)
            yield literal(given[joint])


def _plain(key: str) -> str:
    """A key without case, underscores and articles."""
    words = key.casefold().replace("_", " ").replace("-", " ").split()
    return " ".join(word for word in words if word not in {"a", "an", "the"})


def _is_verb(key: str) -> bool:
    verb = _plain(key)
    *words, last = verb.split() or [""]
    led = last in LEADING and tuple(words) in BY_VERB
    return led or tuple(verb.split()) in BY_VERB or verb.removesuffix(" secret") in TYPING
