"""Everything that happened to one person, gathered from all desks, newest first, a page at a time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain

from django.urls import reverse

from clinic import happenings as kernel
from clinic.access import subject_ref
from clinic.happenings import Happening
from clinic.models import User
from intake import happenings as intake
from notifications import happenings as post
from notifications.models import InboundMessage
from scheduling.history import event_words
from scheduling.models import Appointment, AppointmentEvent, WaitlistEntry, WaitlistOffer

PAGE = 40
LAST_PAGE = 50  # a list of two thousand lines is narrowed by topic, not paged
MOST_VISITS = 300
SEES_LOOKS, SEES_CALLS, SEES_TEXTS = (
    "clinic.view_accessevent",
    "intake.see_call_needed",
    "notifications.view_inboundmessage",
)
TOPICS = {
    "": "Everything",
    "requests": "Requests",
    "visits": "Visits",
    "messages": "Messages and consent",
    "calls": "Calls and tasks",
    "safety": "Safety",
    "looks": "Who looked",
}


@dataclass(frozen=True, kw_only=True)
class Whole:
    """One person with the rows of every desk that name them."""

    person: intake.Known
    visits: list[Appointment]
    offers: list[str]
    texts: list[InboundMessage]

    @property
    def refs(self) -> list[str]:
        """How other desks name what is theirs."""
        return [
            *self.person.request_refs,
            *(subject_ref("scheduling.appointment", visit.pk) for visit in self.visits),
            *self.offers,
        ]


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some lines of a history."""

    lines: list[Happening]
    number: int
    has_more: bool


def whole(person: intake.Known) -> Whole:
    """The person with visits, offers and texts; three queries."""
    visits = Appointment.objects.filter(patient=person.patient).select_related("clinician", "appointment_type")
    offers = WaitlistOffer.objects.filter(entry__request__patient=person.patient).order_by()
    return Whole(
        person=person,
        visits=list(visits.order_by("-starts_at", "-pk")[:MOST_VISITS]),
        offers=[
            subject_ref("scheduling.waitlistoffer", pk) for pk in offers.values_list("pk", flat=True)[:MOST_VISITS]
        ],
        texts=post.texts_of(person.numbers),
    )


def page_of(one: Whole, *, reader: User, topic: str = "", number: int = 1) -> Page:
    """The lines that this reader may see. The number of queries does not depend on how many lines there are."""
    number = min(max(number, 1), LAST_PAGE)
    newest = number * PAGE + 1
    gathered = chain.from_iterable(source(one, newest) for source in _sources(reader, topic))
    lines = sorted(gathered, key=lambda line: (line.at, line.key), reverse=True)
    return Page(
        lines=lines[(number - 1) * PAGE : number * PAGE],
        number=number,
        has_more=len(lines) > number * PAGE and number < LAST_PAGE,
    )


def topics_for(reader: User) -> dict[str, str]:
    """By what this reader can narrow the list."""
    hidden = {"looks"} if not reader.has_perm(SEES_LOOKS) else set()
    hidden |= {"safety"} if not reader.has_perm(SEES_CALLS) else set()
    return {topic: label for topic, label in TOPICS.items() if topic not in hidden}


Source = Callable[[Whole, int], Iterable[Happening]]


def _sources(reader: User, topic: str) -> list[Source]:
    by_topic: dict[str, list[Source]] = {
        "requests": [_requests],
        "visits": [_visits, _waiting],
        "messages": [_messages, _consents, *([_texts] if reader.has_perm(SEES_TEXTS) else [])],
        "calls": [_calls, _tasks],
        "safety": [_safety] if reader.has_perm(SEES_CALLS) else [],
        "looks": [_looks] if reader.has_perm(SEES_LOOKS) else [],
    }
    return list(chain.from_iterable(by_topic.values())) if topic not in by_topic else by_topic[topic]


def _requests(one: Whole, newest: int) -> list[Happening]:
    patient = one.person.patient
    questions, merges = intake.questions_of(patient, newest=newest), intake.merges_of(patient)
    return [*intake.requests_of(one.person.requests), *questions, *merges]


def _messages(one: Whole, newest: int) -> list[Happening]:
    return post.messages_about([*one.refs, *map(post.ref_of_text, one.texts)], newest=newest)


def _consents(one: Whole, newest: int) -> list[Happening]:
    return post.consents_at(one.person.addresses, newest=newest)


def _texts(one: Whole, _newest: int) -> list[Happening]:
    return post.came_in(one.texts)


def _calls(one: Whole, newest: int) -> list[Happening]:
    return intake.calls_of(one.person.patient, newest=newest)


def _tasks(one: Whole, newest: int) -> list[Happening]:
    refs = [*one.refs, *one.person.other_refs, *map(post.ref_of_text, one.texts)]
    return kernel.tasks_about(refs, newest=newest)


def _safety(one: Whole, newest: int) -> list[Happening]:
    return intake.safety_of(one.person.patient, newest=newest)


def _looks(one: Whole, newest: int) -> list[Happening]:
    return kernel.looks_at([*one.refs, *one.person.other_refs], newest=newest)


def _visits(one: Whole, newest: int) -> list[Happening]:
    events = AppointmentEvent.objects.filter(appointment__in=[visit.pk for visit in one.visits])
    named = {visit.pk: visit for visit in one.visits}
    return [
        Happening(
            at=event.at,
            topic="Visit",
            words=f"{event_words(event)}: {named[event.appointment_id].appointment_type}, "
            f"{named[event.appointment_id].clinician}",
            by=str(event.made_by or event.get_source_display()),
            why=event.reason,
            page=reverse("scheduling:desk_visit", args=[event.appointment_id]),
            key=f"visit {event.pk:020}",
        )
        for event in events.select_related("made_by").order_by("-id")[:newest]
    ]


def _waiting(one: Whole, newest: int) -> list[Happening]:
    entries = WaitlistEntry.objects.filter(request__patient=one.person.patient).order_by("-created_at", "-pk")[:newest]
    return [
        Happening(
            at=entry.created_at,
            topic="Visit",
            words="Asked for an earlier time",
            why=entry.stop_reason and f"Ended: {entry.stop_reason}",
            key=f"waits {entry.pk}",
        )
        for entry in entries
    ]
