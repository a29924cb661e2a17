"""Who looked at what: of one person, or by one member of staff. For managers and auditors; looking here is recorded, too."""

import uuid

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from clinic import subjects
from clinic.access import subject_ref
from clinic.happenings import subject_words
from clinic.models import AccessEvent, User
from clinic.numbers import whole_number
from intake import happenings
from intake.models import Patient
from scheduling.desk import timeline
from scheduling.desk.pages import DeskPage

PAGE = 50


class AccessDesk(DeskPage):
    """The report: newest first, a page at a time."""

    permission_required = ("clinic.view_accessevent",)
    template = "access.html"
    title = "Who looked at what"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page. Without a person and a user it shows everybody's newest."""
        patient = _patient(request.GET.get("patient", ""))
        user = _user(request.GET.get("user", ""))
        about = subject_ref("intake.patient", patient.pk) if patient else "clinic.accessevent:report"
        self.record(AccessEvent.Action.READ, about)
        before = request.GET.get("before", "")
        rows = list(events(patient, user, before)[: PAGE + 1])
        context = {
            "patient": patient,
            "chosen": user,
            "users": User.objects.filter(is_active=True).order_by("email"),
            "lines": [(row, subject_words(row.subject_ref), subjects.page_of(row.subject_ref)) for row in rows[:PAGE]],
            "older": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        }
        return self.page(context)


def events(patient: Patient | None, user: User | None, before: str = "") -> QuerySet[AccessEvent]:
    """The looks at a person's rows of every desk, and by a user; `before` is the id where the last page ended."""
    rows = AccessEvent.objects.select_related("by").order_by("-id")
    if patient is not None:
        one = timeline.whole(happenings.known(patient))
        rows = rows.filter(subject_ref__in=[*one.refs, *one.person.other_refs])
    if user is not None:
        rows = rows.filter(by=user)
    last = whole_number(before)
    if last is not None:
        rows = rows.filter(pk__lt=last)
    return rows


def _patient(typed: str) -> Patient | None:
    try:
        return Patient.objects.defer("date_of_birth", "emergency_contact").filter(pk=uuid.UUID(typed)).first()
    except ValueError:
        return None


def _user(typed: str) -> User | None:
    number = whole_number(typed)
    return User.objects.filter(pk=number).first() if number is not None else None
