"""What Playwright says went wrong, in the project's own words."""

import re

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from zenobia.protocol.action_errors import ActionFailed, ActionTimedOut, Impossible, NavigationFailed

NETWORK = {
    "ERR_NAME_NOT_RESOLVED": "there is no site with that name.",
    "ERR_CONNECTION_REFUSED": "the site refused the connection.",
    "ERR_CONNECTION_RESET": "the site broke the connection.",
    "ERR_CONNECTION_CLOSED": "the site closed the connection.",
    "ERR_CONNECTION_TIMED_OUT": "the site did not answer.",
    "ERR_TIMED_OUT": "the site did not answer.",
    "ERR_EMPTY_RESPONSE": "the site answered with nothing.",
    "ERR_ADDRESS_UNREACHABLE": "the site cannot be reached.",
    "ERR_INTERNET_DISCONNECTED": "there is no network.",
    "ERR_TOO_MANY_REDIRECTS": "it redirects without end.",
    "ERR_UNSAFE_PORT": "browsers do not open that port.",
    "ERR_INVALID_URL": "that is not an address.",
    "ERR_PROXY_CONNECTION_FAILED": "the way out of this server is closed.",
    "ERR_SOCKS_CONNECTION_FAILED": "the way out of this server does not lead there.",
    "ERR_BLOCKED_BY_CLIENT": "the browser refused it.",
}
HINDRANCES = (
    (re.compile(r"(<[^>]{1,200}>).{0,200}intercepts pointer events"), "{0} covers it."),
    (re.compile(r"element is not enabled"), "it is disabled."),
    (re.compile(r"element is not editable"), "it cannot be edited."),
    (re.compile(r"element is not visible"), "it is not visible."),
    (re.compile(r"element is not stable"), "it keeps moving."),
    (re.compile(r"element is outside of the viewport"), "it is outside of the window."),
)
IMPOSSIBLE = (
    ("Cannot uncheck radio button", "a radio button is cleared only by choosing another one."),
    ("Cannot type text into input[type=number]", "the field takes a number only."),
    ("Element is not an <input>", "it is not a field that can be typed into."),
    ("Not a checkbox or radio button", "it is not a checkbox."),
    ("Cannot transfer files larger than 50Mb", "a remote browser takes files of at most 50 MB."),
    ("Unknown key", "there is no such key; keys are named as in Enter, Tab, Escape, ArrowDown or Control+A."),
    ("Clicking the checkbox did not change its state", "the page did not let its state change."),
)


def impossible(problem: str) -> ActionFailed:
    """What was asked does not fit what is there."""
    return Impossible(problem=problem)


def timed_out(seconds: float, problem: str) -> ActionTimedOut:
    """The deadline passed."""
    return ActionTimedOut(seconds=round(seconds, 1), problem=problem)


def detached(error: PlaywrightError) -> bool:
    """Whether the page replaced the element while it was being acted on."""
    text = str(error)
    return "not attached" in text or "Execution context was destroyed" in text or "JSHandle is disposed" in text


def no_way(error: PlaywrightError) -> bool:
    """Whether the gate gave no way, for whatever reason."""
    return "ERR_SOCKS_CONNECTION_FAILED" in str(error)


def unopened(url: str, error: PlaywrightError, seconds: float) -> ActionFailed:
    """Why an address did not open."""
    if isinstance(error, PlaywrightTimeout):
        return NavigationFailed(url=url, problem=f"it did not answer within {seconds:g} seconds.")
    found = re.search(r"net::(ERR_\w+)", str(error))
    code = found[1] if found else ""
    if code.startswith("ERR_CERT"):
        return NavigationFailed(url=url, problem="its certificate is not valid.")
    if code in NETWORK:
        return NavigationFailed(url=url, problem=NETWORK[code])
    return NavigationFailed(url=url, problem=f"the browser says {code}." if code else "the page went elsewhere.")


def failed(error: PlaywrightError, seconds: float) -> ActionFailed:
    """Why an action on a page did not happen."""
    text = str(error)
    if isinstance(error, PlaywrightTimeout):
        return timed_out(seconds, _hindrance(text))
    for sign, problem in IMPOSSIBLE:
        if sign in text:
            return impossible(problem)
    if detached(error):
        return impossible("the page changed while it was being acted on.")
    return impossible("the browser refused it.")


def _hindrance(text: str) -> str:
    for pattern, problem in HINDRANCES:
        if found := pattern.findall(text):
            return problem.format(found[-1])
    return "it did not become ready."
