"""What must be true before a switch of the clinic's profile may be turned on: each desk names its own obstacles."""

from collections.abc import Callable

Obstacles = Callable[[], list[str]]

_obstacles: dict[str, list[Obstacles]] = {}


def register(switch: str, obstacles: Obstacles) -> None:
    """Have these looked at before the switch (a field of ClinicProfile) goes on. Call from `ready()`."""
    standing = _obstacles.setdefault(switch, [])
    if obstacles not in standing:
        standing.append(obstacles)


def obstacles(switch: str) -> list[str]:
    """What stands in the way, as sentences that say how to mend it; nothing when the switch may go on."""
    return [text for found in _obstacles.get(switch, ()) for text in found()]
