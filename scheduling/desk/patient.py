"""One person at the desk: who they are, what must be done now, and everything that happened."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from clinic.access import subject_ref
from clinic.models import AccessEvent
from clinic.numbers import page_number
from intake import happenings, merging
from intake.models import Patient
from scheduling.desk import timeline
from scheduling.desk.pages import DeskPage, SeeOther


class PatientDesk(DeskPage):
    """Read the history. No answer, no score and no flag stands here, whoever reads."""

    permission_required = ("intake.view_patient", "intake.view_consultationrequest", "scheduling.view_appointment")
    template = "patient.html"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
        """The page, the reading written down before it is made."""
        patient = Patient.objects.defer("date_of_birth", "emergency_contact").filter(pk=patient_id).first()
        if patient is None:
            raise Http404
        self.record(AccessEvent.Action.READ, subject_ref("intake.patient", patient.pk))
        if patient.merged_into_id:
            return SeeOther(reverse("scheduling:desk_patient", args=[patient.merged_into_id]))
        one = timeline.whole(happenings.known(patient))
        topics = timeline.topics_for(self.staff)
        topic = request.GET.get("topic", "")
        context = {
            "patient": patient,
            "requests": [each for each in one.person.requests if each.status == "open"],
            "newest_request": next(iter(one.person.requests), None),
            "visits": [visit for visit in reversed(one.visits) if visit.is_live],
            "calls": happenings.live_calls(patient) if self.staff.has_perm(timeline.SEES_CALLS) else [],
            "linked": merging.linked_people(patient),
            "topics": topics.items(),
            "topic": topic if topic in topics else "",
            "page": timeline.page_of(
                one, reader=self.staff, topic=topic, number=page_number(request.GET.get("page", ""))
            ),
        }
        return self.page(context, title=patient.name)
