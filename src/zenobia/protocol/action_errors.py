"""What can go wrong with an action. The agent reads these; a session may end with one."""

from zenobia.protocol.errors import ZenobiaError


class ActionFailed(ZenobiaError):
    """The action could not be done."""

    code = "action_failed"


class OutcomeUnknown(ActionFailed):
    """The browser was lost while this was being done, and nobody knows whether it was done. A new one is open."""

    code = "outcome_unknown"


class NoSuchTool(ActionFailed):
    """There is no tool "{tool}" of "{server}" here: {problem}"""

    code = "no_such_tool"


class ToolsMissing(ActionFailed):
    """The MCP server "{server}" is not there: {problem}"""

    code = "tools_missing"


class ToolFailed(ActionFailed):
    """The tool "{tool}" of "{server}" failed: {problem}"""

    code = "tool_failed"


class ToolCutOff(OutcomeUnknown):
    """The tool "{tool}" of "{server}" gave no answer, and nobody knows whether it did anything: {problem}"""

    code = "tool_cut_off"


class TargetNotFound(ActionFailed):
    """There is no {wanted} on the page. What is there: {present}."""

    code = "target_not_found"


class AmbiguousTarget(ActionFailed):
    """There are {count} of {wanted} on the page; say which: {candidates}."""

    code = "ambiguous_target"


class AmbiguousFile(ActionFailed):
    """The session has {count} files named {name}; say which by its id: {candidates}."""

    code = "ambiguous_file"


class Impossible(ActionFailed):
    """That cannot be done here: {problem}"""

    code = "impossible"


class ActionTimedOut(ActionFailed):
    """The page did not let that happen within {seconds} seconds: {problem}"""

    code = "action_timed_out"


class NavigationFailed(ActionFailed):
    """The page {url} could not be opened: {problem}"""

    code = "navigation_failed"


class BlockedUrl(ActionFailed):
    """The address {url} may not be opened here: {problem}"""

    code = "blocked_url"


class DialogOpen(ActionFailed):
    """The page shows a dialog that a person must see first: "{text}"."""

    code = "dialog_open"


class PageUnresponsive(ActionFailed):
    """The page does not react; it was stopped."""

    code = "page_unresponsive"


class PageCrashed(ActionFailed):
    """The page crashed."""

    code = "page_crashed"


class ResourceLimit(ActionFailed):
    """The page took more memory, threads or windows than a page may; it was ended."""

    code = "resource_limit"


class BrowserLost(ActionFailed):
    """The browser is gone."""

    code = "browser_lost"


class NotAllowedByPolicy(ActionFailed):
    """This is not allowed. {because}"""

    code = "not_allowed_by_policy"
