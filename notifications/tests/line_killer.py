"""Delivers in children that kill themselves: the n-th message at the n-th line that a delivery passes.

Run by `test_kill_at_each_line`, in a process of its own, with the names of the modules whose lines count. On standard
input: the ids of two messages, one to have all loaded that a delivery needs and one for a look at the lines; then, on
one line, `number:id` for each line to die at. Prints how many lines there are, then how many children died.
"""

import os
import signal
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import django

DESK = Path(__file__).parents[1]
OURS = {str(path) for name in sys.argv[1:] for path in DESK.glob(name)}


class Line:
    """Counts lines of the post room at their first passing, and kills this process at number `last`."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.seen: set[tuple[str, int]] = set()

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> Any:
        name = frame.f_code.co_filename
        if name not in OURS:
            return None
        if event == "line":
            self.seen.add((name, frame.f_lineno))
            if len(self.seen) == self.last:
                os.kill(os.getpid(), signal.SIGKILL)
        return self


def in_child(deliver: Callable[[uuid.UUID], str], message_id: str, *, last: int) -> tuple[int, bool]:
    """Deliver one message in a child; how many lines it passed (none when it was killed), and whether it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        line = Line(last)
        sys.settrace(line)
        deliver(uuid.UUID(message_id))
        sys.settrace(None)
        os.write(writing, str(len(line.seen)).encode())
        os._exit(0)
    os.close(writing)
    _pid, status = os.waitpid(child, 0)
    told = os.read(reading, 20)
    os.close(reading)
    return int(told or b"0"), os.WIFSIGNALED(status)


def main() -> None:
    """Look at the lines, then die at each."""
    django.setup()
    from django.db import connections  # noqa: PLC0415 - models can be imported only now

    from notifications import delivery  # noqa: PLC0415 - as above

    first, second = sys.stdin.readline().split()
    delivery.deliver(uuid.UUID(first))
    connections.close_all()  # no child may use its parent's line
    lines, _killed = in_child(delivery.deliver, second, last=0)
    print(lines, flush=True)  # noqa: T201 - its only voice
    deaths = [death.split(":") for death in sys.stdin.readline().split()]
    died = sum(in_child(delivery.deliver, pk, last=int(number))[1] for number, pk in deaths)
    print(died, flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main()
