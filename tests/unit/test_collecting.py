"""What a server keeps for good when it has started is what it has loaded, and no garbage."""

import gc
import weakref

from zenobia import app


class Loop:
    """Something that only a collection can see is garbage."""

    def __init__(self) -> None:
        self.itself = self


def test_what_is_garbage_when_a_server_has_started_does_not_stay() -> None:
    gc.disable()
    try:
        garbage = weakref.ref(Loop())
        app._collect()  # pyright: ignore[reportPrivateUsage]
        assert garbage() is None
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.enable()
