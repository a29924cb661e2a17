"""Visits that the rules no longer allow: a work list for the desk. Move them, call them off, or let them stand."""

import uuid

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from clinic.base import ClinicError
from clinic.models import User
from scheduling.models import Appointment
from scheduling.stranding import findings, keep_stranded, named

SHOWN = 50


@require_safe
@permission_required("scheduling.view_appointment", raise_exception=True)
def stranded(request: HttpRequest) -> HttpResponse:
    """The list, in order of time, fifty a page; each page is looked up as it is shown."""
    page = Paginator(findings(), SHOWN).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": "Visits to move",
        "stranded": named(list(page)),
        "pages": page,
        "may_keep": request.user.has_perm("scheduling.change_appointment"),
    }
    return render(request, "admin/desk/stranded.html", context)


@require_POST
@permission_required("scheduling.change_appointment", raise_exception=True)
def keep(request: HttpRequest, visit_id: uuid.UUID) -> HttpResponse:
    """Let the visit stand as it is: it goes off the list."""
    assert isinstance(request.user, User)  # noqa: S101 - who is not logged in has no permission
    visit = get_object_or_404(Appointment, pk=visit_id)
    try:
        keep_stranded(appointment=visit, by=request.user)
    except ClinicError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "The visit stands as it is. Its history says who decided that.")
    return redirect(reverse("scheduling:stranded"))
