"""The clinician's calendar feed, and the staff page that gives its address once."""

import hashlib
import uuid
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_http_methods

from clinic.access import record_access, subject_ref
from clinic.http import request_id
from clinic.models import AccessEvent, User
from clinic.private import PrivatePage
from clinic.public import public
from scheduling import feeds
from scheduling.models import Clinician

# `private`: in no shared cache; `no-cache`: the client asks each time, and gets 304 when nothing changed.
CACHING = "private, no-cache"


@public
class CalendarView(PrivatePage):
    """The feed. Reads only; an address that was replaced gets the page for unknown links."""

    purpose = feeds.PURPOSE
    clinician: Clinician

    def load(self, object_id: uuid.UUID) -> bool:
        try:
            self.clinician = feeds.clinician_with_feed(object_id)
        except Clinician.DoesNotExist:
            return False
        return True

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The whole calendar, or 304 when it is as the client has it."""
        text = feeds.feed(self.clinician, now=timezone.now())
        etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
        headers = {
            "ETag": etag,
            "Cache-Control": CACHING,
            "Referrer-Policy": "no-referrer",
            "Content-Disposition": 'inline; filename="calendar.ics"',
        }
        answer = HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)
        response = get_conditional_response(request, etag=etag, response=answer)
        return response or answer


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_address(request: HttpRequest, clinician_id: uuid.UUID) -> HttpResponse:
    """For the clinician and for who edits clinicians: POST makes a new address and shows it this once, or stops it."""
    clinician = get_object_or_404(Clinician, pk=clinician_id)
    user = cast(User, request.user)
    if clinician.user_id != user.pk and not user.has_perm("scheduling.change_clinician"):
        raise PermissionDenied
    address, stopped = "", False
    if request.method == "POST":
        record_access(
            by=user,
            action=AccessEvent.Action.EXPORT,
            subject_ref=subject_ref("scheduling.clinician", clinician.pk),
            reason="Calendar address stopped" if "stop" in request.POST else "New calendar address",
            request_id=request_id(request),
        )
        stopped = "stop" in request.POST
        if stopped:
            feeds.stop(clinician)
        else:
            address = feeds.new_address(clinician)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"Calendar of {clinician.name}",
        "clinician": clinician,
        "address": address,
        "stopped": stopped,
    }
    response = render(request, "admin/desk/calendar.html", context)
    response["Cache-Control"] = "no-store"
    return response
