"""The desk's inbox pages: the texts that wait, and one number's conversation."""

import uuid
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.http import require_safe

from clinic import subjects
from clinic.access import record_access, subject_ref
from clinic.http import request_id
from clinic.models import AccessEvent, User
from notifications import consent, inbox, rendering
from notifications.errors import ReplyError
from notifications.inbound import language_of
from notifications.models import Channel, InboundMessage, MessageTemplate

VIEW = "notifications.view_inboundmessage"
ANSWER = "notifications.answer_inbox"
PER_PAGE = 50
SAID = {
    "stop": "Noted as STOP. No text goes to this number any more.",
    "continue": "Noted: it did not mean stop. What waited goes out.",
    "block": "Noted. Nobody writes to these addresses any more.",
    "no_answer": "Closed without a text.",
    "lift": "Noted. This number may be written to again where a box is ticked.",
}
QUICKER = "Somebody else was quicker: this text is already closed."


class ConversationForm(forms.Form):
    """What a member of staff does about a text."""

    act = forms.ChoiceField(choices=[(act, act) for act in ("reply", *SAID)])
    key = forms.UUIDField(error_messages={"required": "Send the page again"})
    words = forms.CharField(
        required=False, strip=True, max_length=1000, error_messages={"max_length": "Write at most 1000 characters"}
    )
    blocked = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, beside: list[tuple[Channel, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.MultipleChoiceField, self.fields["blocked"]).choices = [
            (f"{channel}:{address}", address) for channel, address in beside
        ]

    def clean(self) -> dict[str, Any]:
        """An answer has words."""
        cleaned = super().clean() or {}
        if cleaned.get("act") == "reply" and not cleaned.get("words") and "words" not in self.errors:
            self.add_error("words", "Write what to answer")
        return cleaned

    @property
    def addresses(self) -> list[tuple[Channel, str]]:
        """The ticked addresses."""
        parts = [value.partition(":") for value in self.cleaned_data["blocked"]]
        return [(Channel(channel), address) for channel, _, address in parts]


@require_safe
@permission_required(VIEW, raise_exception=True)
def inbox_page(request: HttpRequest) -> HttpResponse:
    """Texts that wait for a person, oldest first; `?show=all` every text, newest first."""
    shows_all = request.GET.get("show") == "all"
    rows = InboundMessage.objects.order_by("-created_at", "-pk") if shows_all else inbox.open_texts()
    page = Paginator(rows.select_related("closed_by"), PER_PAGE).get_page(request.GET.get("page"))
    _record(request, AccessEvent.Action.SEARCH, "notifications.inbound:list")
    context = {**admin.site.each_context(request), "title": "Texts that came in", "page": page, "shows_all": shows_all}
    return render(request, "admin/desk/messages/inbox.html", context)


@method_decorator(permission_required(VIEW, raise_exception=True), name="dispatch")
class ConversationView(View):
    """One number: what was written both ways, whom it belongs to, and what may be done."""

    def get(self, request: HttpRequest, inbound_id: uuid.UUID) -> HttpResponse:
        """The conversation."""
        text = get_object_or_404(InboundMessage, pk=inbound_id)
        return _conversation(request, text, ConversationForm(beside=consent.addresses_beside(text.address)))

    def post(self, request: HttpRequest, inbound_id: uuid.UUID) -> HttpResponse:
        """Answer, decide, or close."""
        if not request.user.has_perm(ANSWER):
            raise PermissionDenied
        text = get_object_or_404(InboundMessage, pk=inbound_id)
        form = ConversationForm(request.POST, beside=consent.addresses_beside(text.address))
        if not form.is_valid():
            return _conversation(request, text, form, status=422)
        try:
            said = _act(text, form, cast(User, request.user))
        except ReplyError as error:
            form.add_error("words", str(error))
            return _conversation(request, text, form, status=422)
        messages.add_message(request, messages.WARNING if said == QUICKER else messages.SUCCESS, said)
        return redirect("notifications:conversation", text.pk)


def _act(text: InboundMessage, form: ConversationForm, by: User) -> str:
    """Do it; returns what to say."""
    act = form.cleaned_data["act"]
    if act == "reply":
        inbox.reply(text=text, words=form.cleaned_data["words"], by=by, key=str(form.cleaned_data["key"]))
        return "Your answer is on its way. In quiet hours it waits until they end."
    if act == "lift":
        inbox.lift(text=text, by=by)
        return SAID[act]
    if act == "no_answer":
        return SAID[act] if inbox.set_aside(text=text, by=by) else QUICKER
    return SAID[act] if inbox.decide(text=text, outcome=act, by=by, blocked=form.addresses) else QUICKER


def _conversation(
    request: HttpRequest, text: InboundMessage, form: ConversationForm, status: int = 200
) -> HttpResponse:
    _record(request, AccessEvent.Action.READ, subject_ref("notifications.inbound", text.pk))
    refs = consent.subjects_at(text.address)
    hold = consent.standing_hold(channel=Channel.SMS, address=text.address)
    needs = set(inbox.open_texts().filter(address=text.address).values_list("needs", flat=True))
    context = {
        **admin.site.each_context(request),
        "title": f"Texts with {text.address}",
        "text": text,
        "form": form,
        "key": uuid.uuid4(),
        "lines": inbox.conversation(text.address),
        "language": MessageTemplate.Language(rendering.spoken(language_of(text))).label,
        "people": [(ref, subjects.page_of(ref)) for ref in refs],
        "permission": consent.may_contact(channel=Channel.SMS, address=text.address),
        "hold": hold,
        "needs": needs,
        "beside": [(f"{channel}:{address}", address, len(refs) == 1) for channel, address in form_addresses(text)],
        "may_answer": request.user.has_perm(ANSWER),
    }
    return render(request, "admin/desk/messages/conversation.html", context, status=status)


def form_addresses(text: InboundMessage) -> list[tuple[Channel, str]]:
    """The other addresses of the people at this number."""
    return [entry for entry in consent.addresses_beside(text.address) if entry != (Channel.SMS, text.address)]


def _record(request: HttpRequest, action: AccessEvent.Action, about: str) -> None:
    record_access(by=cast(User, request.user), action=action, subject_ref=about, request_id=request_id(request))
