"""Tells whether a call is really from Twilio."""

from django.conf import settings
from django.http import HttpRequest
from twilio.request_validator import RequestValidator


def is_signed(request: HttpRequest) -> bool:
    """Whether the signature fits the address we gave Twilio and every parameter.

    The address is built from PUBLIC_BASE_URL, because behind a proxy the request's own host and scheme
    are not what Twilio signed. https://www.twilio.com/docs/usage/security
    """
    signature = request.headers.get("X-Twilio-Signature", "")
    if not settings.TWILIO_AUTH_TOKEN or not signature:
        return False
    address = f"{settings.PUBLIC_BASE_URL}{request.get_full_path()}"
    validator = RequestValidator(settings.TWILIO_AUTH_TOKEN)  # type: ignore[no-untyped-call]
    return bool(validator.validate(address, request.POST, signature))  # type: ignore[no-untyped-call]
