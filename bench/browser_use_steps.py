"""The job of `steps.py` done by browser-use, with a model inside its process that answers at once.

Run by `rival.py` where that library is installed; prints the milliseconds of a step. Its own settings are left as they
are, but for pictures, the judge and the plan, which ours does without here.
"""

import asyncio
import json
import re
import sys
import time
from importlib import import_module
from typing import Any

from browser_use_session import library
from browser_use_session import session as new_session

views: Any = import_module("browser_use.llm.views")

Decision = dict[str, dict[str, Any]]


class Scripted:
    """A model by the library's protocol: each answer is made from the state that it is shown."""

    _verified_api_keys = True
    model = name = provider = model_name = "scripted"

    def __init__(self, url: str, times: int) -> None:
        self.asked: list[float] = []
        self._script = [*_script(url) * times, ("done", "", {"text": "Sent.", "success": True})]

    async def ainvoke(self, messages: list[Any], output_format: Any = None, **_: Any) -> Any:
        """The next decision."""
        self.asked.append(time.perf_counter())
        tool, pattern, arguments = self._script.pop(0)
        if pattern:
            found = re.findall(pattern, "\n".join(message.text for message in messages))
            arguments = arguments | {"index": int(found[-1])}
        action: list[Decision] = [{tool: arguments}]
        said = {"evaluation_previous_goal": "", "memory": "", "next_goal": "", "action": action}
        return views.ChatInvokeCompletion(completion=output_format.model_validate(said), usage=None)


def _script(url: str) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        ("navigate", "", {"url": url}),
        ("input", r"\[(\d+)\]<input[^>]*name=name ", {"text": "Ada Lovelace"}),
        ("input", r"\[(\d+)\]<input[^>]*name=email ", {"text": "ada@example.org"}),
        ("select_dropdown", r"\[(\d+)\]<select[^>]*name=country ", {"text": "Norway"}),
        ("click", r"\[(\d+)\]<input[^>]*value=Bicycle ", {}),
        ("click", r"\[(\d+)\]<button[^>]*/>\s*Send request", {}),
    ]


async def main(browser: str, url: str, times: int) -> None:
    """Do the job once."""
    model = Scripted(url, times)
    session = new_session(browser)
    given = {"use_vision": False, "use_judge": False, "enable_planning": False, "use_thinking": False}
    agent = library.Agent(task="Send the form.", llm=model, browser_session=session, **given)
    history = await agent.run(max_steps=20 * times)
    errors = [error for error in history.errors() if error]
    steps = len(model.asked) - 1
    print(json.dumps({"ms": (model.asked[-1] - model.asked[0]) * 1_000 / steps, "steps": steps, "errors": errors}))


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
