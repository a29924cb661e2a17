"""What the post room refuses."""

from clinic.base import ClinicError


class AddressError(ClinicError):
    """The number or e-mail address cannot be written to. The text says how to mend it."""


class OutsideTransactionError(RuntimeError):
    """A programming mistake: a message was put in the outbox without the change it speaks of."""


class ReplyError(ClinicError):
    """The answer written at the desk cannot be sent. The text says why and what to do instead."""


class WordingError(ClinicError):
    """Words for a message that may not be saved. The text gives every reason."""


class ResendError(ClinicError):
    """The message cannot be sent once more. The text says why."""
