"""Pages that belong to no desk, and what every template gets."""

from collections.abc import Callable
from functools import cached_property
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control
from django.utils.dateformat import time_format
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe

from clinic import http
from clinic.models import ClinicProfile, CrisisLine, OpeningHours
from clinic.public import public

CACHED_FOR = 300  # seconds a public page may be kept; an edited crisis line must show soon

EMERGENCY = "911"


def crisis_lines(profile: ClinicProfile) -> list[CrisisLine]:
    """Where to get help now, in the clinic's order. Without rows on file: the two national numbers."""
    return list(profile.crisis_lines.all()) or [
        CrisisLine(
            name="988 Suicide & Crisis Lifeline",
            what_to_do="Call or text 988, any time. Free and confidential.",
            call="988",
            text="988",
        ),
        CrisisLine(
            name="Immediate danger",
            what_to_do="Call 911, or go to the nearest emergency room.",
            call=EMERGENCY,
        ),
    ]


def opening_times(profile: ClinicProfile) -> list[tuple[str, str]]:
    """When the desk answers, equal neighbours in one line: `("Monday to Friday", "8 a.m. to 5 p.m.")`."""
    groups: list[list[OpeningHours]] = []
    for row in profile.opening_hours.all():
        last = groups[-1][-1] if groups else None
        if last and (last.weekday + 1, last.opens, last.closes) == (row.weekday, row.opens, row.closes):
            groups[-1].append(row)
        else:
            groups.append([row])
    return [
        (
            " to ".join(dict.fromkeys(row.get_weekday_display() for row in (group[0], group[-1]))),
            f"{time_format(group[0].opens, 'P')} to {time_format(group[0].closes, 'P')}",
        )
        for group in groups
    ]


class _Clinic:
    """What the pages show of the clinic, each part read once for a request and only when used."""

    @cached_property
    def profile(self) -> ClinicProfile:
        return ClinicProfile.current()

    @cached_property
    def lines(self) -> list[CrisisLine]:
        return crisis_lines(self.profile)

    @cached_property
    def help_line(self) -> CrisisLine | None:
        """The first line that is not 911: the strip on top of every page names 911 itself."""
        return next((line for line in self.lines if line.call and line.call != EMERGENCY), None)


def clinic_profile(_request: HttpRequest) -> dict[str, object]:
    """Context processor: `clinic`, `crisis_lines`, `help_line` and `opening_hours`, none read unless used."""
    clinic = _Clinic()
    return {
        "clinic": SimpleLazyObject(lambda: clinic.profile),
        "crisis_lines": SimpleLazyObject(lambda: clinic.lines),
        "help_line": SimpleLazyObject(lambda: clinic.help_line),
        "opening_hours": SimpleLazyObject(lambda: opening_times(clinic.profile)),
    }


def _page(template: str) -> Callable[[HttpRequest], HttpResponse]:
    """A public page that is the same for everybody and may be cached for a few minutes."""

    @public
    @require_safe
    def view(request: HttpRequest) -> HttpResponse:
        response = render(request, template)
        patch_cache_control(response, public=True, max_age=CACHED_FOR)
        return response

    return view


home = _page("site/home.html")
safety = _page("site/safety.html")
privacy = _page("site/privacy.html")
sms_terms = _page("site/sms_terms.html")
accessibility = _page("site/accessibility.html")


def _came_from_us(request: HttpRequest) -> bool:
    """Whether the form was ours: a stranger's site must not get its values behind our button."""
    site = request.headers.get("Sec-Fetch-Site", "")
    if site:
        return site == "same-origin"
    came_from = request.headers.get("Origin") or request.headers.get("Referer", "")
    return came_from not in {"", "null"} and urlsplit(came_from).netloc == request.get_host()


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain, keep what was typed, and let the person send it again to the same address.

    Staff pages and posts that another site started get the explanation only.
    """
    may_repeat = _came_from_us(request) and not request.path.startswith("/admin/") and not request.FILES
    typed = [
        (name, value) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken" for value in values
    ]
    response = render(request, "403_csrf.html", {"typed": typed if may_repeat else []}, status=403)
    response["Cache-Control"] = "no-store"
    # With no-referrer the browser would send `Origin: null` with the second try, and that is refused too.
    response["Referrer-Policy"] = "same-origin"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """The last resort: no query, no context processor, a code that leads to our log."""
    return HttpResponse(render_to_string("500.html", {"request_id": http.request_id(request)}), status=500)
