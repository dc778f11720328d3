"""How it is spoken: Socket.IO and REST on one port, answering from one table of commands."""

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any


class _WhenUsed(ModuleType):
    """Stands for a module until something of it is used."""

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


# The Socket.IO library imports what its clients speak through, if it is there, which takes longer than the rest of it.
_for_clients = ("aiohttp", "requests", "websocket")
_stand_ins = {name: _WhenUsed(name) for name in _for_clients if name not in sys.modules and find_spec(name)}
sys.modules.update(_stand_ins)
import_module("engineio")
for _name in _stand_ins:
    del sys.modules[_name]
