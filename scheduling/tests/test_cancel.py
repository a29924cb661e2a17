import datetime as dt
import uuid

import pytest

from clinic.access import subject_ref
from notifications import consent
from notifications.models import Channel, Message
from scheduling import services
from scheduling.cancelling import UNDO_WINDOW
from scheduling.errors import TooLateToChangeError
from scheduling.models import Appointment, AppointmentEvent
from scheduling.tests.factories import (
    NOW,
    another_request,
    at,
    make_clinician,
    make_request,
    make_type,
    make_visit,
)

WEB = AppointmentEvent.Source.WEB
STAFF = AppointmentEvent.Source.STAFF

pytestmark = pytest.mark.django_db


def book(request, appointment_type, start, **changes):
    said = {"mode": "in_person", "booking_key": uuid.uuid4(), "source": WEB, "now": NOW}
    return services.book(request=request, appointment_type=appointment_type, start=start, **{**said, **changes})


def kinds_of(visit):
    rows = Message.objects.filter(subject_ref=subject_ref("scheduling.appointment", visit.pk)).order_by("channel")
    return [(row.kind, row.channel, row.state) for row in rows if row.kind.startswith("scheduling.")]


def test_cancel_frees_the_time_keeps_the_row_and_tells():
    kind = make_type([make_clinician()])
    visit = book(make_request(), kind, at(10))

    cancelled = services.cancel(appointment=visit, source=WEB, reason="x" * 400, now=NOW)

    assert (cancelled.status, cancelled.revision, cancelled.is_late_cancel) == ("cancelled_by_patient", 1, False)
    assert [(e.event, len(e.reason)) for e in visit.events.all()] == [("booked", 0), ("cancelled_by_patient", 300)]
    assert sorted(kinds_of(visit)) == [
        ("scheduling.booked", "email", "withdrawn"),
        ("scheduling.booked", "sms", "withdrawn"),
        ("scheduling.cancelled", "email", "queued"),
        ("scheduling.cancelled", "sms", "queued"),
    ]
    entry = Message.objects.get(kind="scheduling.cancelled", channel="email").attachments[0]
    assert entry["mime"] == "text/calendar; method=CANCEL"
    assert "SEQUENCE:1\r\n" in entry["text"]
    assert book(another_request(), kind, at(10), now=NOW + UNDO_WINDOW).is_live


def test_cancel_lets_the_request_book_again():
    kind = make_type([make_clinician()])
    request = make_request()
    services.cancel(appointment=book(request, kind, at(10)), source=WEB, now=NOW)

    assert book(request, kind, at(11)).is_live


def test_cancel_twice_does_nothing_more():
    kind = make_type([make_clinician()])
    visit = book(make_request(), kind, at(10))
    services.cancel(appointment=visit, source=WEB, now=NOW)

    again = services.cancel(appointment=visit, source=WEB, now=at(9, 59))

    assert (again.status, again.revision) == ("cancelled_by_patient", 1)
    assert AppointmentEvent.objects.count() == 2


@pytest.mark.parametrize("minutes_left", [120, 5, -60])
def test_cancel_by_the_patient_inside_the_cut_off_is_refused(minutes_left):
    kind = make_type([make_clinician()], change_cutoff=120)
    visit = book(make_request(), kind, at(10))

    with pytest.raises(TooLateToChangeError):
        services.cancel(appointment=visit, source=WEB, now=at(10) - dt.timedelta(minutes=minutes_left))

    assert Appointment.objects.get().is_live


def test_cancel_by_the_patient_just_before_the_cut_off_is_not_late():
    kind = make_type([make_clinician()], change_cutoff=120)
    visit = book(make_request(), kind, at(10))

    cancelled = services.cancel(appointment=visit, source=WEB, now=at(10) - dt.timedelta(minutes=121))

    assert (cancelled.status, cancelled.is_late_cancel) == ("cancelled_by_patient", False)


@pytest.mark.parametrize(
    ("on_behalf", "expected"), [(True, ("cancelled_by_patient", True)), (False, ("cancelled_by_clinic", False))]
)
def test_cancel_by_staff_inside_the_cut_off_is_late_only_for_the_patient(on_behalf, expected):
    kind = make_type([make_clinician()])
    visit = book(make_request(), kind, at(10))

    cancelled = services.cancel(appointment=visit, source=STAFF, on_behalf_of_patient=on_behalf, now=at(9, 30))

    assert (cancelled.status, cancelled.is_late_cancel) == expected


@pytest.mark.parametrize("status", ["completed", "no_show"])
def test_cancel_a_visit_that_is_over_is_refused(status):
    clinician = make_clinician()
    visit = make_visit(clinician, make_type([clinician]), at(10), status=status)

    with pytest.raises(TooLateToChangeError):
        services.cancel(appointment=visit, source=STAFF, now=NOW)


def test_cancel_after_consent_was_revoked_writes_to_the_rest():
    kind = make_type([make_clinician()])
    request = make_request()
    visit = book(request, kind, at(10))
    consent.revoke(channel=Channel.SMS, address=str(request.phone), source="keyword")

    services.cancel(appointment=visit, source=STAFF, now=NOW)

    told = Message.objects.filter(kind="scheduling.cancelled").order_by("channel").values_list("channel", "state")
    assert list(told) == [("email", "queued"), ("sms", "suppressed")]
