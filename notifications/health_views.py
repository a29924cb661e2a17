"""What will not be sent, and why; how many went on which day; having one sent again."""

import datetime as dt
import uuid

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clinic import subjects
from clinic.access import record_access
from clinic.http import request_id
from clinic.models import AccessEvent, User
from notifications import outbox, selectors
from notifications.errors import ResendError
from notifications.models import Message, ProviderHealth

VIEW = "notifications.view_message"
RESEND = "notifications.resend_message"
PER_PAGE = 50
AGAIN = {Message.State.FAILED, Message.State.UNDELIVERED}


@require_safe
@permission_required(VIEW, raise_exception=True)
def unsent_page(request: HttpRequest) -> HttpResponse:
    """The last two weeks: counts by day, reasons, and the rows; `?state=` and `?reason=` narrow them."""
    now = timezone.now()
    since = now - dt.timedelta(days=selectors.DAYS_COUNTED)
    rows = selectors.unsent(since=since)
    state, reason = request.GET.get("state", ""), request.GET.get("reason", "").replace("\x00", "")
    if state in Message.State.values:
        rows = rows.filter(state=state, reason=reason)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    _record(request)
    context = {
        **admin.site.each_context(request),
        "title": "What will not be sent, and why",
        "days": selectors.daily_counts(now=now),
        "reasons": [{**row, "label": Message.State(str(row["state"])).label} for row in selectors.reasons(since=since)],
        "providers": list(ProviderHealth.objects.filter(open_until__gt=now)),
        "page": page,
        "rows": [(row, subjects.page_of(row.subject_ref), _may_go_again(row, now)) for row in page],
        "narrowed": {"state": state, "reason": reason} if state in Message.State.values else None,
        "key": uuid.uuid4(),
        "may_resend": request.user.has_perm(RESEND),
    }
    return render(request, "admin/desk/messages/unsent.html", context)


@require_POST
@permission_required(RESEND, raise_exception=True)
def send_again(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Have one sent again, once for each page shown."""
    message = get_object_or_404(Message, pk=message_id)
    try:
        outbox.send_again(message, key=request.POST.get("key", "")[:36])
    except ResendError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "It goes once more, if it may. Look here for what becomes of it.")
    return redirect("notifications:unsent")


def _may_go_again(row: Message, now: dt.datetime) -> bool:
    return row.state in AGAIN and row.useless_after > now


def _record(request: HttpRequest) -> None:
    if isinstance(request.user, User):
        record_access(
            by=request.user,
            action=AccessEvent.Action.SEARCH,
            subject_ref="notifications.message:unsent",
            request_id=request_id(request),
        )
