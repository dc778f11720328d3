"""What browser-use tells a model of pages, for `observing.py`, which runs this where that library is installed.

One line of JSON for each address given: the text, how much of what can be used it names, and the milliseconds it took.
"""

import asyncio
import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from browser_use_session import session as new_session

prompts: Any = import_module("browser_use.agent.prompts")

USABLE = Path(__file__).with_name("usable.js").read_text(encoding="utf-8")
MARK = "function() { this.__theirs = true; }"


async def main(browser: str, rounds: int, addresses: list[str]) -> None:
    """Look at each page."""
    session = new_session(browser)
    await session.start()
    try:
        for address in addresses:
            print(json.dumps(await looked_at(session, address, rounds)), flush=True)
    finally:
        await session.kill()


async def looked_at(session: Any, address: str, rounds: int) -> dict[str, Any]:
    """One page."""
    await session.navigate_to(address)
    took: list[float] = []
    state: Any = None
    for _ in range(rounds):
        began = time.perf_counter()
        state = await session.get_browser_state_summary(include_screenshot=False)
        took.append((time.perf_counter() - began) * 1_000)
    prompt = prompts.AgentMessagePrompt(state, None)
    line = await session.get_or_create_cdp_session()
    for node in state.dom_state.selector_map.values():
        where = {"backendNodeId": node.backend_node_id}
        found = await line.cdp_client.send.DOM.resolveNode(params=where, session_id=line.session_id)
        call = {"functionDeclaration": MARK, "objectId": found["object"]["objectId"]}
        await line.cdp_client.send.Runtime.callFunctionOn(params=call, session_id=line.session_id)
    asked = {"expression": f"({USABLE})('__theirs')", "returnByValue": True}
    said = await line.cdp_client.send.Runtime.evaluate(params=asked, session_id=line.session_id)
    named = said["result"]["value"][2]
    return {"text": prompt._get_browser_state_description(), "named": named, "ms": sorted(took)[len(took) // 2]}


asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
