"""Where Twilio calls us. Signed calls only; every signed call ends well, or Twilio would repeat it."""

import uuid
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from clinic.public import public
from notifications import callbacks, inbound
from notifications.transports.twilio_signature import is_signed

TEXT_LENGTH = 1600  # the longest text that Twilio carries
EMPTY_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


def signed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only Twilio in; the signature stands in for login and CSRF token."""

    @public
    @csrf_exempt
    @require_POST
    @wraps(view)
    def checked(request: HttpRequest, **kwargs: uuid.UUID) -> HttpResponse:
        if not is_signed(request):
            return HttpResponseForbidden()
        return view(request, **kwargs)

    return checked


@signed
def status(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """`MessageSid`, `MessageStatus`, `ErrorCode` of a text, `CallSid`, `CallStatus` of a call. 204 for unknown rows too."""
    callbacks.record_status(
        message_id=message_id,
        provider_id=_field(request, "MessageSid", 64) or _field(request, "CallSid", 64),
        status=(_field(request, "MessageStatus", 30) or _field(request, "CallStatus", 30)).lower(),
        error_code=_field(request, "ErrorCode", 30),
    )
    return HttpResponse(status=204)


@signed
def inbound_text(request: HttpRequest) -> HttpResponse:
    """`MessageSid`, `From`, `Body` of a text somebody sent us. The answer asks Twilio to say nothing itself."""
    provider_id = _field(request, "MessageSid", 64)
    if provider_id:
        inbound.receive_text(
            provider_id=provider_id, address=_field(request, "From", 40), body=_field(request, "Body", TEXT_LENGTH)
        )
    return HttpResponse(EMPTY_ANSWER, content_type="text/xml; charset=utf-8")


def _field(request: HttpRequest, name: str, length: int) -> str:
    """One parameter, without NUL (PostgreSQL refuses it) and cut to what the column holds."""
    return request.POST.get(name, "").replace("\x00", "")[:length]
