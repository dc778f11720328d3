"""How every room turns a template into an answer, and reads what a form sent."""

from datetime import date

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response


def money(cents: int) -> str:
    """An amount as a price tag shows it."""
    return f"€{cents // 100}.{cents % 100:02d}"


def long_date(day: date) -> str:
    """A day as a newspaper prints it: 4 March 2026."""
    return f"{day.day} {day:%B %Y}"


def text(form: FormData, name: str) -> str:
    """One text field, trimmed; a field that is absent, or is a file, is the empty string."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def texts(form: FormData, name: str) -> list[str]:
    """Every value sent under one name, as ticked checkboxes send them."""
    return [value for value in form.getlist(name) if isinstance(value, str)]


class Pages:
    """The templates, which fail loudly when a page is shown without something it needs."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("zenobia_demo"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._templates.filters.update({"money": money, "long_date": long_date})

    def show(self, request: Request, template: str, *, status: int = 200, **shown: object) -> Response:
        """Answer with one page."""
        html = self._templates.get_template(template).render(path=request.url.path, **shown)
        return HTMLResponse(html, status_code=status)
