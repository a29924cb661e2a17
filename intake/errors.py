"""What can go wrong at the intake desk. Each text is safe to show to the person."""

from clinic.base import ClinicError
from intake.models import ConsultationRequest


class PhoneNumberError(ClinicError):
    """The text is no phone number that we can call."""


class PhoneKnownError(ClinicError):
    """The request has another number already; only the desk changes it."""


class NoPhoneError(ClinicError):
    """A call was asked for, and there is no number to call."""


class FormUsedError(ClinicError):
    """The shown form was sent before with other words in it."""

    def __init__(self, request: ConsultationRequest) -> None:
        super().__init__("You sent this form before, with other answers.")
        self.request = request


class TooManyFormsError(ClinicError):
    """One number, address or network sent too many forms in a short time."""


class ClaimedError(ClinicError):
    """A colleague has taken this person and is about to call."""


class TooFewCallsError(ClinicError):
    """A request is to be closed as out of reach before anybody tried often enough."""


class NotAClinicianError(ClinicError):
    """Only clinicians and the medical director see to a safety item."""


class ItemMovedOnError(ClinicError):
    """A safety item is not, or no longer, where this step begins."""


class NewReasonError(ClinicError):
    """Something came in about a person after the page was shown."""


class NotYetTriedError(ClinicError):
    """A safety item is to be closed, and nobody has tried to reach the person."""


class ScreeningClosedError(ClinicError):
    """The sitting was finished or waived: nothing can be answered in it."""


class NotSignableError(ClinicError):
    """A questionnaire cannot be signed or changed: not by this person, or not any more."""


class DefinitionError(ClinicError):
    """A questionnaire cannot be used as it is written; `problems` name each place."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class ReviewOutdatedError(ClinicError):
    """Answers changed between the reading and the signing."""


class SafetyOpenError(ClinicError):
    """A visit cannot be cleared while somebody must still call the person."""


class NoPdfError(ClinicError):
    """The machine lacks what makes PDFs."""


class MergeError(ClinicError):
    """Two records cannot be made one, or not be parted again."""


class MatchDecidedError(ClinicError):
    """A colleague decided about two records meanwhile."""
