"""The Saltmarsh Courier: articles that are always recent, and a search that finds them.

Dates count back from today, so "recent" stays true however old the checkout is.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zenobia_demo.pages import Pages

WORDS_ABOUT_TIME = frozenset((
    "a", "about", "all", "and", "any", "are", "at", "find", "for", "from", "in", "is", "latest", "me", "new", "newest",
    "news", "of", "on", "perform", "recent", "recently", "saltmarsh", "search", "show", "stories", "story", "the",
    "this", "to", "today", "today's", "week", "what",
))  # fmt: skip
TITLE_WEIGHT = 3
SHORTEST_BEGINNING = 3


@dataclass(frozen=True)
class Story:
    """One article as it was written, before the calendar gives it a date."""

    slug: str
    title: str
    section: str
    author: str
    days_ago: int
    summary: str
    paragraphs: list[str]


@dataclass(frozen=True)
class Article:
    """One article as it reads today."""

    story: Story
    day: date

    @property
    def source(self) -> str:
        """Who printed it, as a result list says it."""
        return f"Saltmarsh Courier · {self.story.section}"


def stories() -> tuple[Story, ...]:
    """The stories in the package, newest first."""
    entries: list[dict[str, Any]] = tomllib.loads(
        files("zenobia_demo").joinpath("content/news.toml").read_text(encoding="utf-8")
    )["story"]
    return tuple(sorted((Story(**entry) for entry in entries), key=lambda story: story.days_ago))


def words(phrase: str) -> list[str]:
    """The words of a phrase, in lower case, without punctuation."""
    return re.findall(r"[\w']+", phrase.lower())


def answers(word: str, part: str) -> bool:
    """Whether a printed word is what was asked for; three letters may begin it, so that "boat" finds "boats"."""
    return word == part or (len(part) >= SHORTEST_BEGINNING and word.startswith(part))


def weight(story: Story, sought: list[str]) -> int:
    """How well a story answers the words sought."""
    title = words(story.title)
    rest = words(" ".join((story.section, story.author, story.summary, *story.paragraphs)))
    return sum(
        TITLE_WEIGHT * any(answers(word, part) for word in title) + any(answers(word, part) for word in rest)
        for part in sought
    )


class News:
    """The paper and its search page."""

    def __init__(self, pages: Pages, today: Callable[[], date]) -> None:
        self._pages = pages
        self._today = today
        self._stories = stories()

    def routes(self) -> list[Route]:
        """Every address of the paper."""
        return [
            Route("/news", self.front),
            Route("/news/{slug}", self.article, name="article"),
            Route("/search", self.search),
        ]

    def newest(self) -> list[Article]:
        """Every article, newest first."""
        today = self._today()
        return [Article(story, today - timedelta(days=story.days_ago)) for story in self._stories]

    def matching(self, query: str) -> list[Article]:
        """Articles for a query, best first; words that only ask for news match the newest."""
        asked = words(query)
        if not asked:
            return []
        sought = [word for word in asked if word not in WORDS_ABOUT_TIME]
        if not sought:
            return self.newest()
        weighed = [(weight(article.story, sought), article) for article in self.newest()]
        weighed.sort(key=lambda pair: pair[0], reverse=True)
        return [article for heavy, article in weighed if heavy]

    async def front(self, request: Request) -> Response:
        """The front of the paper."""
        return self._pages.show(request, "news.html", articles=self.newest(), query="")

    async def article(self, request: Request) -> Response:
        """One article, and what to read next."""
        articles = {article.story.slug: article for article in self.newest()}
        article = articles.pop(request.path_params["slug"], None)
        if article is None:
            raise HTTPException(404)
        return self._pages.show(request, "article.html", article=article, others=list(articles.values())[:3], query="")

    async def search(self, request: Request) -> Response:
        """What a query finds."""
        query = request.query_params.get("q", "").strip()[:200]
        return self._pages.show(request, "search.html", query=query, articles=self.matching(query))
