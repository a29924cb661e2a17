"""Finding a person at the desk: by name, phone in any format, e-mail address or reference. Each search is recorded."""

import uuid
from dataclasses import dataclass

from django.db.models import Max
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse

from clinic.models import AccessEvent
from intake.models import ConsultationRequest, Patient
from intake.selectors import contact_search, request_search
from scheduling.desk.pages import DeskPage
from scheduling.models import LIVE, Appointment

MOST_SHOWN = 50
SHORTEST = 2


@dataclass(frozen=True, kw_only=True)
class Found:
    """A person with the newest request and the next visit."""

    patient: Patient
    request: ConsultationRequest | None
    visit: Appointment | None


class SearchDesk(DeskPage):
    """Search, and the people found."""

    permission_required = ("intake.view_patient", "intake.view_consultationrequest")
    template = "search.html"
    title = "Find a person"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The box, and below it who fits."""
        term = request.GET.get("q", "").replace("\x00", "").strip()[:200]
        is_long_enough = len(term) >= SHORTEST
        people: list[Found] = []
        if is_long_enough:
            self.record(AccessEvent.Action.SEARCH, "intake.patient:search")
            people = found_by(term)
        context = {
            "term": term,
            "people": people[:MOST_SHOWN],
            "has_more": len(people) > MOST_SHOWN,
            "is_too_short": bool(term) and not is_long_enough,
        }
        return self.page(context)


def found_by(term: str) -> list[Found]:
    """Who fits, by themselves or by a request of theirs, by name; four queries whoever is found."""
    asked = ConsultationRequest.objects.filter(request_search(term)).order_by()
    by_request = set(asked.values_list("patient_id", flat=True).distinct()[: MOST_SHOWN + 1])
    named = Patient.objects.filter(contact_search(term)).order_by("name_search", "pk")
    by_name = named.values_list(Coalesce("merged_into", "pk"), flat=True)
    ids = {*by_name[: MOST_SHOWN + 1], *by_request}
    people = (
        Patient.objects.filter(pk__in=ids).defer("date_of_birth", "emergency_contact").order_by("name_search", "pk")
    )
    requests, visits = _newest_requests(ids), _next_visits(ids)
    return [Found(patient=one, request=requests.get(one.pk), visit=visits.get(one.pk)) for one in people]


def _newest_requests(ids: set[uuid.UUID]) -> dict[uuid.UUID, ConsultationRequest]:
    newest = (
        ConsultationRequest.objects.filter(patient__in=ids).order_by().values("patient").annotate(at=Max("created_at"))
    )
    rows = ConsultationRequest.objects.filter(patient__in=ids, created_at__in=newest.values("at"))
    return {row.patient_id: row for row in rows.defer("help_with", "message").order_by("created_at", "pk")}


def _next_visits(ids: set[uuid.UUID]) -> dict[uuid.UUID, Appointment]:
    rows = Appointment.objects.filter(patient__in=ids, status__in=LIVE).select_related("clinician")
    return {row.patient_id: row for row in rows.order_by("-starts_at", "-pk")}
