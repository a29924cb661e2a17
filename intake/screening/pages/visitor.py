"""What a browser's session remembers of a sitting: who somebody is, and which questions they answered. No answers."""

from collections.abc import Iterable
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from intake.models import Screening

SITTINGS, ON_TABLET = "sittings", "tablet"
TABLET_SECONDS = 30 * 60


class Visitor:
    """One browser at one sitting."""

    def __init__(self, session: SessionBase, screening: Screening) -> None:
        self.session, self.name = session, str(screening.pk)

    @property
    def _marks(self) -> dict[str, Any]:
        marks: dict[str, Any] = self.session.get(SITTINGS, {}).get(self.name, {})
        return marks

    def _mark(self, **marks: Any) -> None:
        sittings = self.session.get(SITTINGS, {})
        self.session[SITTINGS] = {**sittings, self.name: {**self._marks, **marks}}

    @property
    def is_known(self) -> bool:
        """Whether the date of birth was given here."""
        return bool(self._marks.get("is_known"))

    def recognise(self) -> None:
        """They gave the date of birth."""
        self._mark(is_known=True)

    def gave(self, key: str) -> bool:
        """Whether the answer to this question came from this browser."""
        return key in self._marks.get("gave", ())

    def remember(self, keys: Iterable[str]) -> None:
        """They answered these questions."""
        self._mark(gave=sorted({*self._marks.get("gave", ()), *keys}))

    @property
    def wants_list(self) -> bool:
        """Whether they answer whole lists."""
        return bool(self._marks.get("wants_list"))

    def prefer_list(self, wants_list: bool) -> None:  # noqa: FBT001 - it is the value kept
        """They answered a whole list, or one question."""
        if wants_list != self.wants_list:
            self._mark(wants_list=wants_list)

    @property
    def is_on_tablet(self) -> bool:
        """Whether staff opened this sitting on this device."""
        return bool(self.session.get(ON_TABLET) == self.name)

    def hand_over_tablet(self) -> None:
        """From now on the device shows this sitting and nothing else; staff know who holds it."""
        self.session.flush()
        self.session[ON_TABLET] = self.name
        self.session.set_expiry(TABLET_SECONDS)
        self.recognise()
