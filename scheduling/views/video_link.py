"""Staff give a visit by video its room."""

import uuid

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from clinic.access import record_access
from clinic.base import ClinicError
from clinic.http import request_id
from clinic.models import AccessEvent, User
from scheduling import selectors
from scheduling.messages import visit_ref
from scheduling.models import Appointment
from scheduling.video import set_video_link


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("scheduling.change_appointment", raise_exception=True)
def video_link(request: HttpRequest, visit_id: uuid.UUID) -> HttpResponse:
    """GET shows the link; POST keeps another one and has the patient told."""
    assert isinstance(request.user, User)  # noqa: S101 - who is not logged in has no permission
    try:
        visit = selectors.visit_by_id(visit_id)
    except Appointment.DoesNotExist as error:
        raise Http404 from error
    record_access(
        by=request.user, action=AccessEvent.Action.READ, subject_ref=visit_ref(visit), request_id=request_id(request)
    )
    back = reverse("admin:scheduling_appointment_change", args=[visit.pk])
    typed, problem = visit.video_link, ""
    if request.method == "POST":
        typed = request.POST.get("link", "").strip()
        try:
            set_video_link(appointment=visit, link=typed, by=request.user)
        except ClinicError as error:
            problem = str(error)
        else:
            messages.success(request, "The video link is saved. The patient is told by e-mail where they agreed to it.")
            return redirect(back)
    context = {
        **admin.site.each_context(request),
        "title": "Video link",
        "visit": visit,
        "typed": typed,
        "problem": problem,
        "back": back,
        "has_template": bool(visit.clinician.video_link or visit.appointment_type.video_link),
    }
    return render(request, "admin/desk/video_link.html", context, status=422 if problem else 200)
