"""What cannot be done with a visit. Each text is safe to show to the person who asked."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from clinic.base import ClinicError
from scheduling.models import Appointment


class SlotTakenError(ClinicError):
    """Somebody else got this time. `nearest` are free starts (UTC) in order of time."""

    def __init__(self, nearest: Sequence[dt.datetime] = (), text: str = "") -> None:
        super().__init__(text or _("That time was just taken."))
        self.nearest = list(nearest)


class NotBookableError(ClinicError):
    """The list never offered this time, type or mode. `nearest` are free starts (UTC) in order of time."""

    def __init__(self, nearest: Sequence[dt.datetime] = (), text: str = "") -> None:
        super().__init__(text or _("That time cannot be booked here."))
        self.nearest = list(nearest)


class AlreadyBookedError(ClinicError):
    """The request has a live visit: `appointment`."""

    def __init__(self, appointment: Appointment) -> None:
        super().__init__(_("You already have an appointment."))
        self.appointment = appointment


class TooManyVisitsError(ClinicError):
    """The number or address holds as many coming visits as the clinic allows."""

    def __init__(self) -> None:
        super().__init__(_("We cannot book another appointment online. Call us and we will help."))


class TooLateToChangeError(ClinicError):
    """The visit is too near, or over: only the clinic can change it now."""

    def __init__(self) -> None:
        super().__init__(_("It is too close to your appointment to change it online. Call us and we will help."))


class IllegalMoveError(ClinicError):
    """The visit cannot go from its state to the one asked for."""

    def __init__(self, text: str) -> None:
        super().__init__(text)


class VideoLinkError(ClinicError):
    """The video link is no safe address, or another visit's."""

    def __init__(self, text: str) -> None:
        super().__init__(text)


class TooLateToUndoError(ClinicError):
    """The time to undo a cancelling is over, or the visit was not cancelled by the patient."""

    def __init__(self) -> None:
        super().__init__("The time to undo is over. Choose a new time, or call us and we will help.")


class WaiverNeededError(ClinicError):
    """Staff may book this only with a waiver they confirm. `broken` names the rules, see `waivers.Rule`."""

    def __init__(self, broken: Iterable[str]) -> None:
        super().__init__("This time breaks a rule. Read the warnings, and confirm each one to book it all the same.")
        self.broken = frozenset(broken)


class ChangedMeanwhileError(ClinicError):
    """Somebody else changed the visit since the page was shown. The text says what they did."""

    def __init__(self, happened: str) -> None:
        super().__init__(f"Nothing was changed, because somebody was faster: {happened}. Look at it again.")
