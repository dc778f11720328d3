"""An agent of your own: opens the address that it is given, and brings home what the page is called.

Everything it can do to the world goes through its turn, which stores each intent before it acts and each outcome after.
"""

from zenobia.agents.base import Progress, Stop, Turn
from zenobia.protocol.actions import Open
from zenobia.protocol.human import RequestKind, RequestStatus
from zenobia.protocol.session import EndReason, Result


class HeadingAgent:
    """One instance runs one session."""

    async def run(self, turn: Turn) -> Result:
        """Do the job; what is returned becomes the session's result."""
        address = (turn.prompt or await turn.message()).strip()
        asked = await turn.ask(RequestKind.QUESTION, f"Is {address} the right page?", "I open no page unasked.")
        if asked.status is not RequestStatus.ANSWERED:
            raise Stop(EndReason.GAVE_UP, "Nobody said that it was the right page.")
        outcome = await turn.act(Open(url=address), progress=Progress(step=1, steps=1))
        return Result(text=f"The page is called {outcome.title}.", screenshot_id=await turn.picture())
