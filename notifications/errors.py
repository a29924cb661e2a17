"""What the post room refuses."""

from clinic.base import ClinicError


class AddressError(ClinicError):
    """The number or e-mail address cannot be written to. The text says how to mend it."""


class OutsideTransactionError(RuntimeError):
    """A programming mistake: a message was put in the outbox without the change it speaks of."""
