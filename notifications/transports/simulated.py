"""Stands in where no provider is set up. It sends nothing and never claims to have."""

import datetime as dt
import logging
from collections.abc import Collection

from notifications.transports.contract import Accepted, Outgoing

logger = logging.getLogger(__name__)


class SimulatedTransport:
    """Takes a message and drops it."""

    def send(self, outgoing: Outgoing) -> Accepted:
        logger.info("no provider is set up, message not sent", extra={"message_id": str(outgoing.message_id)})
        return Accepted(is_simulated=True)

    def find(self, outgoing: Outgoing, *, since: dt.datetime, taken: Collection[str] = ()) -> Accepted | None:
        return None

    def close(self) -> None:
        """Nothing is open."""
