"""One line in the log for each password, code or passkey that opened nothing: axes forgets its failures.

Like every line it names nobody. The line of the request, with the same id, has the page.
"""

import logging
from typing import Literal

logger = logging.getLogger("clinic.accounts")


def note(kind: Literal["password", "code", "passkey"], state: Literal["wrong", "used", "too_many"] = "wrong") -> None:
    """Write down that one was given and refused. `too_many`: the tries were used up."""
    logger.warning("login failed", extra={"kind": kind, "state": state})
