"""Holds one piece of data against one schema, alone in a process that may do little and does not live long.

Both come in as standard input, as JSON, and what is wrong goes out as standard output: null if nothing is.
"""

import json
import sys

from zenobia.protocol.schemas import misfit
from zenobia.sessions.reading_child import confine


def main() -> int:
    """Read, compare, tell."""
    seconds, parent = (int(word) for word in sys.argv[1:3])
    confine(seconds, parent)
    data, schema = json.load(sys.stdin.buffer)
    json.dump(misfit(data, schema), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
