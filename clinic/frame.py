"""What stands around every page: the clinic, its crisis lines and hours, the other language."""

from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.text import capfirst
from django.utils.translation import gettext

from clinic import clock
from clinic.crisis_review import review_of
from clinic.middleware.language import other_language
from clinic.models import ClinicProfile, CrisisLine, OpeningHours
from clinic.profile_defaults import CRISIS_LINES

EMERGENCY = "911"
# The pages that a search engine may show, by the names of their addresses.
IN_SEARCH = (
    "home", "article", "about_consultation", "faq", "safety", "privacy", "sms_terms", "accessibility", "intake:consultation",
)  # fmt: skip


def crisis_lines(profile: ClinicProfile) -> list[CrisisLine]:
    """Where to get help now, in the clinic's order. Without rows on file: those we ship."""
    return list(profile.crisis_lines.all()) or [CrisisLine(**line) for line in CRISIS_LINES]


def opening_times(profile: ClinicProfile) -> list[tuple[str, str]]:
    """When the desk answers, equal neighbours in one line: `("Monday to Friday", "8 a.m. to 5 p.m.")`."""
    groups: list[list[OpeningHours]] = []
    for row in profile.opening_hours.all():
        last = groups[-1][-1] if groups else None
        if last and (last.weekday + 1, last.opens, last.closes) == (row.weekday, row.opens, row.closes):
            groups[-1].append(row)
        else:
            groups.append([row])
    return [(_days(group), _times(group[0])) for group in groups]


def _days(rows: list[OpeningHours]) -> str:
    """Monday to Friday, in the page's language."""
    first, last = (str(clock.WEEKDAYS[row.weekday]) for row in (rows[0], rows[-1]))
    return capfirst(first if first == last else gettext("%(first)s to %(last)s") % {"first": first, "last": last})


def _times(row: OpeningHours) -> str:
    """8 a.m. to 5 p.m., in the page's language."""
    opens, closes = clock.hour_text(row.opens), clock.hour_text(row.closes)
    return gettext("%(opens)s to %(closes)s") % {"opens": opens, "closes": closes}


def alternates(path: str) -> list[tuple[str, str]]:
    """`(language, full address)` of a page in each language; the plain address is English for who asks for none."""
    plain = f"{settings.PUBLIC_BASE_URL}{path}"
    others = [(code, f"{plain}?lang={code}") for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    return [(settings.LANGUAGE_CODE, plain), *others, ("x-default", plain)]


def _alternates_of(request: HttpRequest) -> list[tuple[str, str]]:
    """Those of a page for search engines; none for private pages, whose addresses stand nowhere."""
    match = request.resolver_match
    return alternates(request.path) if match is not None and match.view_name in IN_SEARCH else []


class _Clinic:
    """What the pages show of the clinic, each part read once for a request and only when used."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def profile(self) -> ClinicProfile:
        return getattr(self.request, "clinic_profile", None) or ClinicProfile.current()

    @cached_property
    def lines(self) -> list[CrisisLine]:
        return crisis_lines(self.profile)

    @cached_property
    def help_line(self) -> CrisisLine | None:
        """The first line that is not 911: the strip on top of every page names 911 itself."""
        return next((line for line in self.lines if line.call and line.call != EMERGENCY), None)


def clinic_profile(request: HttpRequest) -> dict[str, object]:
    """Context processor: the clinic, help, hours and languages for every template, none read unless used.

    Who has read the profile, a view or the staff pages' banner, leaves it at `request.clinic_profile`.
    """
    clinic = _Clinic(request)
    return {
        "clinic": SimpleLazyObject(lambda: clinic.profile),
        "crisis_lines": SimpleLazyObject(lambda: clinic.lines),
        "help_line": SimpleLazyObject(lambda: clinic.help_line),
        "crisis_review": SimpleLazyObject(lambda: review_of(clinic.profile, clinic.lines)),
        "opening_hours": SimpleLazyObject(lambda: opening_times(clinic.profile)),
        "other_language": SimpleLazyObject(lambda: other_language(request)),
        "alternates": SimpleLazyObject(lambda: _alternates_of(request)),
    }
