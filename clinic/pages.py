"""Pages that belong to no desk, and what every template gets."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from clinic.models import ClinicProfile


def clinic_profile(_request: HttpRequest) -> dict[str, object]:
    """Context processor: `clinic`, read only when a template uses it."""
    return {"clinic": SimpleLazyObject(ClinicProfile.current)}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain, keep what was typed, and let the person send it again."""
    return render(request, "403_csrf.html", status=403)
