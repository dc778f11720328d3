# ruff: noqa: RUF001 - the quotes that people type are the subject here
"""A prompt cut into lines of words and quoted pieces; what is in quotes is kept letter for letter.

Every quote that people type counts: straight, curly, angle, single, backtick. A doubled straight quote inside straight
quotes is one quote, so that any text can be written. A `#` with a space before and after it begins a comment.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

PUNCTUATION = ".,;:!?()[]{}…"

# Python before 3.11.5 mistakes possessive groups (python/cpython#106052): none but single characters are repeated so.
QUOTED = {
    '"': re.compile(r'"[^"]*+(?:""[^"]*+)*"(?!")'),
    "“": re.compile("“[^“”]*+[“”]"),
    "”": re.compile("”[^”]*+”"),
    "„": re.compile("„[^“”]*+[“”]"),
    "«": re.compile("«[^»]*+»"),
    "`": re.compile("`[^`]*+`"),
    "'": re.compile(r"'[^'\r\n]*+(?:'(?:'|(?=\w))[^'\r\n]*+)*'(?!['\w])"),  # an apostrophe may be a letter: see `Don't`
    "‘": re.compile(r"‘[^’\r\n]*+(?:’(?=\w)[^’\r\n]*+)*’(?!\w)"),
}
APOSTROPHES = frozenset("'‘")
DOUBLED = frozenset("'\"")
WORD = re.compile(r"\S(?:[^\s“„«\"'`‘]++|(?<![(\[,:])[\"'`‘])*")
GAP = re.compile(r"[^\S\r\n]+")
BREAK = re.compile(r"\r\n|\r|\n")
REST = re.compile(r"[^\r\n]*")
COMMENT = re.compile(r"#(?=\s|$)[^\r\n]*")
BULLET = re.compile(
    r"(?:[-*+•–][^\S\r\n]+)?(?:\[[ xX]?\][^\S\r\n]+)?"
    r"(?:\(?\d+[.):][^\S\r\n]+|step +\d+ *[:.)–-][^\S\r\n]*)?",
    re.IGNORECASE,
)


class Unclear(Exception):
    """These words cannot be read; the hint says what would be."""

    def __init__(self, words: str, hint: str) -> None:
        self.words = words
        self.hint = hint
        super().__init__(words)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a quoted piece: `raw` as it was written, `quoted` what the quotes hold, `gap` the space before it."""

    raw: str
    quoted: str | None = None
    gap: str = " "

    @property
    def bare(self) -> str:
        """The word without case and punctuation; empty for a quoted piece."""
        return "" if self.quoted is not None else self.raw.strip(PUNCTUATION).casefold()


Tokens = Sequence[Token]


def vocabulary(*lists: str) -> frozenset[str]:
    """The words of some lists; words of several words are written with underscores."""
    return frozenset(word.replace("_", " ") for words in lists for word in words.split())


def raw(tokens: Tokens) -> str:
    """The words as they were written."""
    return "".join(token.gap + token.raw for token in tokens).strip()


def without_tail(tokens: Tokens, words: frozenset[str], *, keep: int = 0) -> Tokens:
    """The tokens up to the last one that is none of `words`, and at least `keep` of them."""
    end = len(tokens)
    while end > keep and tokens[end - 1].quoted is None and tokens[end - 1].bare in words:
        end -= 1
    return tokens[:end]


def without_head(tokens: Tokens, words: frozenset[str], *, keep: int = 0) -> Tokens:
    """The tokens from the first one that is none of `words`, and at least `keep` of them."""
    start = 0
    while start < len(tokens) - keep and tokens[start].quoted is None and tokens[start].bare in words:
        start += 1
    return tokens[start:]


def quote(text: str) -> str:
    """`text` in quotes, so that reading it gives `text` again."""
    return '"' + text.replace('"', '""') + '"'


def literal(text: str) -> Token:
    """`text` as a quoted piece."""
    return Token(quote(text), text)


def lines(prompt: str) -> Iterator[list[Token]]:
    """The prompt's lines that hold anything, without bullets, numbers and comments.

    Raises:
        Unclear: a quote opens and never closes.
    """
    scanner = _Scanner(prompt)
    while scanner.at < len(prompt):
        if line := scanner.line():
            yield line


class _Scanner:
    def __init__(self, prompt: str) -> None:
        self.prompt = prompt
        self.at = 0
        self._plain_until = dict.fromkeys(APOSTROPHES, 0)  # no pair closes before here: look only once a line

    def line(self) -> list[Token]:
        """The tokens up to the next line break outside quotes."""
        self._take(GAP)
        self._take(BULLET)
        if self._next() == "#":
            self._take(REST)
        tokens: list[Token] = []
        while self.at < len(self.prompt):
            gap = self._take(GAP)
            if gap or not tokens:
                self._take(COMMENT)
            if self._take(BREAK) or not self._next():
                break
            tokens.append(self._quoted(gap) or Token(self._take(WORD), gap=gap))
        return tokens

    def _next(self) -> str:
        return self.prompt[self.at : self.at + 1]

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.prompt, self.at)
        if not found:
            return ""
        self.at = found.end()
        return found.group()

    def _quoted(self, gap: str) -> Token | None:
        opener = self._next()
        if opener not in QUOTED or self.at < self._plain_until.get(opener, 0):
            return None
        if written := self._take(QUOTED[opener]):
            held = written[1:-1]
            return Token(written, held.replace(opener * 2, opener) if opener in DOUBLED else held, gap)
        rest = REST.match(self.prompt, self.at)
        if opener not in APOSTROPHES or not rest:
            words = rest.group() if rest else opener
            raise Unclear(words, 'A quote opens here and never closes. For example: click "Search".')
        self._plain_until[opener] = rest.end()
        return None
