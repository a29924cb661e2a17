"""How many examples the property tests try: few and the same in each run, many with HYPOTHESIS_PROFILE=thorough."""

import os

from hypothesis import settings

THOROUGH = "thorough"
TIMES_AS_MANY = 20


def load_profile() -> None:
    """Have hypothesis draw the same examples in each ordinary run, and new ones in each thorough one."""
    settings.register_profile("same", derandomize=True, database=None, deadline=None)
    settings.register_profile(THOROUGH, max_examples=100 * TIMES_AS_MANY, deadline=None)
    settings.load_profile(THOROUGH if _is_thorough() else "same")


def examples(count: int) -> int:
    """`count` in an ordinary run, twenty times as many in a thorough one."""
    return count * TIMES_AS_MANY if _is_thorough() else count


def _is_thorough() -> bool:
    return os.environ.get("HYPOTHESIS_PROFILE") == THOROUGH
