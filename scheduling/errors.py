"""What cannot be done with a visit. Each text is safe to show to the person who asked."""

import datetime as dt
from collections.abc import Sequence

from clinic.base import ClinicError
from scheduling.models import Appointment


class SlotTakenError(ClinicError):
    """Somebody else got this time. `nearest` are free starts (UTC) in order of time."""

    def __init__(self, nearest: Sequence[dt.datetime] = (), text: str = "That time was just taken.") -> None:
        super().__init__(text)
        self.nearest = list(nearest)


class NotBookableError(ClinicError):
    """The list never offered this time, type or mode. `nearest` are free starts (UTC) in order of time."""

    def __init__(self, nearest: Sequence[dt.datetime] = (), text: str = "That time cannot be booked here.") -> None:
        super().__init__(text)
        self.nearest = list(nearest)


class AlreadyBookedError(ClinicError):
    """The request has a live visit: `appointment`."""

    def __init__(self, appointment: Appointment) -> None:
        super().__init__("You already have an appointment.")
        self.appointment = appointment


class TooManyVisitsError(ClinicError):
    """The number or address holds as many coming visits as the clinic allows."""

    def __init__(self) -> None:
        super().__init__("We cannot book another appointment online. Call us and we will help.")


class TooLateToChangeError(ClinicError):
    """The visit is too near, or over: only the clinic can change it now."""

    def __init__(self) -> None:
        super().__init__("It is too close to your appointment to change it online. Call us and we will help.")


class IllegalMoveError(ClinicError):
    """The visit cannot go from its state to the one asked for."""

    def __init__(self, text: str) -> None:
        super().__init__(text)


class TooLateToUndoError(ClinicError):
    """The time to undo a cancelling is over, or the visit was not cancelled by the patient."""

    def __init__(self) -> None:
        super().__init__("The time to undo is over. Choose a new time, or call us and we will help.")
