"""How many examples the property tests try: few and the same in each run, many with HYPOTHESIS_PROFILE=thorough."""

import os

from hypothesis import Phase, settings

THOROUGH = "thorough"
UNSHRUNK = "unshrunk"  # of bench/mutate.py, which asks only whether something fails
TIMES_AS_MANY = 20


def load_profile() -> None:
    """Have hypothesis draw the same examples in each ordinary run, and new ones in each thorough one."""
    settings.register_profile("same", derandomize=True, database=None, deadline=None)
    settings.register_profile(THOROUGH, max_examples=100 * TIMES_AS_MANY, deadline=None)
    settings.register_profile(UNSHRUNK, settings.get_profile("same"), phases=[Phase.explicit, Phase.generate])
    settings.load_profile(asked if (asked := os.environ.get("HYPOTHESIS_PROFILE")) in {THOROUGH, UNSHRUNK} else "same")


def examples(count: int) -> int:
    """`count` in an ordinary run, twenty times as many in a thorough one."""
    return count * TIMES_AS_MANY if _is_thorough() else count


def _is_thorough() -> bool:
    return os.environ.get("HYPOTHESIS_PROFILE") == THOROUGH
