"""Answers that were opened in an emergency: who, whose, why, and who looked into it afterwards."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from clinic import desk_tasks
from clinic.models import AccessEvent, DeskTask
from clinic.numbers import whole_number
from intake.models import Patient
from intake.openings import HOLDS_FOR, openings, task_ref
from scheduling.desk.pages import DeskPage, SeeOther, words_of

PAGE = 50
OUTCOME_LENGTH = 300
SEES = "clinic.view_accessevent"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One opening, the person, and the task to look into it."""

    event: AccessEvent
    patient: Patient | None
    task: DeskTask | None


class OpeningsDesk(DeskPage):
    """The list for managers, the medical director and auditors; the first two look into each."""

    template = "openings.html"
    title = "Answers opened in an emergency"

    def has_permission(self) -> bool:
        """Whoever reads the access log, or looks into openings."""
        return self.staff.has_perm(SEES) or self.staff.has_perm(desk_tasks.LOOKS_INTO_OPENINGS)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Newest on top, a page at a time; that somebody reads the list is written down, too."""
        self.record(AccessEvent.Action.READ, "clinic.accessevent:openings")
        before = whole_number(request.GET.get("before", "")) or 0
        rows = list((openings().filter(pk__lt=before) if before else openings())[: PAGE + 1])
        context = {
            "lines": _lines(rows[:PAGE]),
            "older": rows[PAGE - 1].pk if len(rows) > PAGE else None,
            "minutes": int(HOLDS_FOR.total_seconds() // 60),
            "may_look_into": self.staff.has_perm(desk_tasks.LOOKS_INTO_OPENINGS),
        }
        return self.page(context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """What somebody found out; once, and not about what they opened themselves."""
        if not self.staff.has_perm(desk_tasks.LOOKS_INTO_OPENINGS):
            return self.handle_no_permission()
        event = openings().filter(pk=whole_number(request.POST.get("opening", "")) or 0).first()
        outcome = words_of(request, "outcome", OUTCOME_LENGTH)
        tasks = DeskTask.objects.filter(subject_ref=task_ref(event)) if event else DeskTask.objects.none()
        if event is None:
            messages.warning(request, "This button is out of date. Choose again from the list.")
        elif event.by == self.staff:
            messages.warning(request, "You opened these yourself: somebody else looks into it.")
        elif not outcome:
            messages.warning(request, "Write what you found out, then choose Done again.")
        elif desk_tasks.close(tasks, outcome=outcome, by=self.staff):
            messages.success(request, "Written down.")
        else:
            task = tasks.first()
            messages.warning(request, desk_tasks.faster(task, outcome) if task else "There is nothing to look into.")
        return SeeOther(reverse("scheduling:desk_openings"))


def _lines(rows: list[AccessEvent]) -> list[Line]:
    """With the names and the tasks; two queries."""
    ids = {row.pk: row.subject_ref.partition(":")[2] for row in rows}
    people = Patient.objects.defer("date_of_birth", "emergency_contact").in_bulk(set(ids.values()))
    named = {str(pk): patient for pk, patient in people.items()}
    about = DeskTask.objects.filter(subject_ref__in=[task_ref(row) for row in rows]).select_related("closed_by")
    tasks = {task.subject_ref: task for task in about}
    return [Line(event=row, patient=named.get(ids[row.pk]), task=tasks.get(task_ref(row))) for row in rows]
