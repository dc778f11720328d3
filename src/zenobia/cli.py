"""The command line."""

import asyncio
import sys


def main() -> None:
    """Temporary."""
    from zenobia.app import serve
    from zenobia.settings import Settings

    asyncio.run(serve(Settings(port=int(sys.argv[1]), data_dir=sys.argv[2])))
