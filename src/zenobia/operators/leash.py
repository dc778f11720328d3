"""A program on a leash: when the server that started it ends, however it does, it ends with all that it has started.

Run by its path with the server's process number and the program's words. It has the program's input and output, leads
a process group of its own, and is told by the kernel when the server is gone.
"""

import ctypes
import os
import signal
import sys

TOLD_OF_PARENT = 1
"""PR_SET_PDEATHSIG."""

GRACE = 1.0
"""Seconds that the program has to end by itself once it is asked to."""

ASKED = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


def main() -> int:
    """Run the program; it and the whole group end when it does, or when somebody asks for it."""
    parent, *program = sys.argv[1:]
    if os.getpgrp() != os.getpid():
        os.setsid()
    signal.pthread_sigmask(signal.SIG_BLOCK, {*ASKED, signal.SIGCHLD})
    ctypes.CDLL(None).prctl(TOLD_OF_PARENT, signal.SIGTERM)
    if os.getppid() != int(parent):  # it died before we could ask
        return 1
    child = os.posix_spawnp(program[0], program, os.environ, setsigmask=[])
    for stream in (0, 1):
        os.close(stream)  # the program's alone: else nobody hears that it closes them
    while signal.sigwait({*ASKED, signal.SIGCHLD}) == signal.SIGCHLD:
        if os.waitpid(child, os.WNOHANG)[0] == child:
            break
    else:
        os.killpg(0, signal.SIGTERM)  # to us too, where it is held back
        signal.sigtimedwait({signal.SIGCHLD}, GRACE)
    os.killpg(0, signal.SIGKILL)
    return 0


if __name__ == "__main__":
    sys.exit(main())
