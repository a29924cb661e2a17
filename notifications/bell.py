"""The doorbell: tells a worker that a row waits. Losing it loses nothing, the sweep finds the row.

A broker that is down or hung must not slow a patient: short timeouts (settings), and after a failure
nobody rings for half a minute.
"""

import logging
import threading
import time
import uuid

from celery import current_app
from kombu.exceptions import OperationalError

SILENCE_SECONDS = 30.0
logger = logging.getLogger(__name__)


class Breaker:
    """Remembers a failure for a while, one for each web or worker process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._silent_until = 0.0

    def is_closed(self) -> bool:
        """Whether ringing makes sense now."""
        with self._lock:
            return time.monotonic() >= self._silent_until

    def trip(self) -> None:
        """Stop ringing for a while."""
        with self._lock:
            self._silent_until = time.monotonic() + SILENCE_SECONDS

    def reset(self) -> None:
        """Forget the failure. For tests."""
        with self._lock:
            self._silent_until = 0.0


breaker = Breaker()


def ring(message_id: uuid.UUID) -> bool:
    """Ask a worker to deliver one row. False when the broker did not take it; never raises for that."""
    if not breaker.is_closed():
        return False
    try:
        current_app.send_task("notifications.deliver", args=[str(message_id)], ignore_result=True, retry=False)
    except (OSError, OperationalError):
        breaker.trip()
        logger.warning("broker unreachable, the sweep will deliver", extra={"message_id": str(message_id)})
        return False
    return True
