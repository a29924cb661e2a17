"""What cannot be done with the waiting list. Each text is safe to show to the person who asked."""

from django.utils.translation import gettext as _

from clinic.base import ClinicError


class NotWaitingError(ClinicError):
    """The person does not wait for this time, or not any more."""

    def __init__(self, text: str = "They are not waiting for this time any more.") -> None:
        super().__init__(text)


class OfferedBeforeError(ClinicError):
    """The same time was offered to the same person before."""

    def __init__(self) -> None:
        super().__init__("This time was offered to them before.")


class NoWayToWriteError(ClinicError):
    """They agreed to no message that could reach them in time: somebody has to call."""

    def __init__(self, number: str) -> None:
        where = f"Call {number}." if number else "We have no number either."
        super().__init__(f"We have no consent to write to them. {where}")


class CallFirstError(ClinicError):
    """A clinician must call this person before anything is offered to them."""

    def __init__(self) -> None:
        super().__init__("A clinician calls this person first. Offer nothing until then.")


class OfferOverError(ClinicError):
    """The offer was answered, taken back, or its time to answer is over."""

    def __init__(self) -> None:
        super().__init__(_("The time to take this offer is over."))
