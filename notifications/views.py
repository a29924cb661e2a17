"""The unsubscribe page: a button for people, RFC 8058 one-click for mail programs. GET changes nothing.

It speaks the e-mail's language, unless another one was chosen on our pages.
"""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from clinic import links
from clinic.http import speak
from clinic.public import public
from notifications import consent
from notifications.models import Channel, Consent, Message


@public
@csrf_exempt  # mail programs post here without a page of ours; the token is the right to do so
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Stop e-mails to the address this message went to."""
    message = _message_of(token)
    if message is None:
        return render(request, "unsubscribe/unknown.html", status=404)
    speak(request, message.language)
    if request.method != "POST":
        return render(request, "unsubscribe/confirm.html")
    _stop_mail(message)
    return render(request, "unsubscribe/done.html")


def _message_of(token: str) -> Message | None:
    try:
        message_id = links.resolve("unsubscribe", token)
    except links.LinkError:
        return None
    return Message.objects.select_related("consent").filter(pk=message_id, channel=Channel.EMAIL).first()


@transaction.atomic
def _stop_mail(message: Message) -> None:
    purpose = message.consent.purpose if message.consent else consent.APPOINTMENT
    # The words of an old message are removed after a time, the ledger keeps whom it went to.
    address = message.consent.address if message.consent else message.address
    if address and consent.may_contact(channel=Channel.EMAIL, address=address, purpose=purpose).allowed:
        consent.revoke(
            channel=Channel.EMAIL,
            address=address,
            source=Consent.Source.LINK,
            purpose=purpose,
            subject_ref=message.subject_ref,
            evidence=f"message {message.pk}",
        )
