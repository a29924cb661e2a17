import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.db import IntegrityError, transaction
from icalendar import Calendar

from notifications.models import Message
from scheduling import video
from scheduling.errors import IllegalMoveError, VideoLinkError
from scheduling.invites import invite
from scheduling.models import Appointment, AppointmentEvent, AppointmentType
from scheduling.rescheduling import reschedule
from scheduling.services import cancel
from scheduling.tests.factories import NOW, another_request, at, make_clinician, make_type, make_visit
from scheduling.tests.visit_steps import booked, text_of

pytestmark = pytest.mark.django_db
ROOM = re.compile(r"https://video\.example/[0-9a-f]{32}")


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def kind():
    return make_type([make_clinician()], modes=["video", "phone"], video_link="https://video.example/{code}")


@pytest.fixture
def untold():
    """A kind of visit without a template: staff type the links."""
    return make_type([make_clinician()], modes=["video"])


def move(visit, **changes):
    return reschedule(appointment=visit, change_key=uuid.uuid4(), source="web", **{"start": at(11), **changes})


def letters(kind):
    return Message.objects.filter(kind=kind, channel="email")


def test_each_visit_by_video_has_a_room_of_its_own(kind):
    rooms = [booked(kind, mode="video", start=start).video_link for start in (at(9), at(9, 30), at(10))]

    assert all(ROOM.fullmatch(room) for room in rooms)
    assert len(set(rooms)) == 3


def test_a_visit_by_phone_has_no_room(kind):
    assert booked(kind, mode="phone").video_link == ""


def test_the_clinicians_template_goes_before_that_of_the_type():
    clinician = make_clinician(video_link="https://rooms.example/{code}?x=1")
    kind = make_type([clinician], modes=["video"], video_link="https://video.example/{code}")

    assert re.fullmatch(r"https://rooms\.example/[0-9a-f]{32}\?x=1", booked(kind, mode="video").video_link)


def test_a_moved_visit_keeps_its_room_with_the_same_clinician(kind):
    visit = booked(kind, mode="video")

    assert move(visit).video_link == visit.video_link


def test_a_visit_moved_to_another_clinician_gets_another_room(kind):
    visit = booked(kind, mode="video")
    other = make_clinician("Dr. Other", hours=[(dt.time(13), dt.time(14))])
    kind.clinicians.add(other)

    moved = move(visit, start=at(13))

    assert (moved.clinician, ROOM.fullmatch(moved.video_link) is None) == (other, False)
    assert moved.video_link != visit.video_link


def test_a_visit_changed_to_phone_gives_its_room_up_and_back_to_video_gets_another(kind):
    visit = booked(kind, mode="video")

    by_phone = move(visit, mode="phone")
    again = move(by_phone, start=at(10), mode="video")

    assert by_phone.video_link == ""
    assert again.video_link not in {"", visit.video_link}


# --- Where it shows -----------------------------------------------------------------------------------


def test_visit_page_letter_and_calendar_entry_say_how_to_join(client, kind):
    visit = booked(kind, mode="video")

    letter = letters("scheduling.booked").get()
    assert f'<a href="{visit.video_link}" rel="noreferrer">Join by video</a>' in text_of(client, visit)
    assert "We tell you how to join" not in text_of(client, visit)
    assert letter.context["video_link"] == visit.video_link
    (event,) = Calendar.from_ical(invite(visit, "REQUEST")).walk("VEVENT")
    assert str(event["location"]) == visit.video_link


def test_visit_page_of_another_way_to_meet_shows_no_room(client, kind):
    visit = booked(kind, mode="phone")

    assert "Join by video" not in text_of(client, visit)
    assert letters("scheduling.booked").get().context["video_link"] == ""


def test_cancelled_visit_shows_no_room(client, kind):
    visit = booked(kind, mode="video")
    cancel(appointment=visit, source="web")

    assert visit.video_link not in text_of(client, visit)


def test_calendar_entry_of_a_discreet_person_holds_no_room(kind):
    visit = booked(kind, another_request(discreet=True), mode="video")

    assert visit.video_link not in invite(visit, "REQUEST")


# --- Typed by staff -----------------------------------------------------------------------------------


def test_a_room_is_never_shared_whatever_became_of_the_other_visit(untold, desk):
    first, second = booked(untold, mode="video"), booked(untold, mode="video", start=at(9, 30))
    video.set_video_link(appointment=first, link="https://room.example/dana", by=desk)
    cancel(appointment=first, source="staff", by=desk)

    for same in ("https://room.example/dana", "https://ROOM.example/dana/", "https://room.example/dana#x"):
        with pytest.raises(VideoLinkError, match="Another visit has or had this link"):
            video.set_video_link(appointment=second, link=same, by=desk)
    second.refresh_from_db()
    assert (second.video_link, second.revision) == ("", 0)


def test_the_database_refuses_a_shared_room(kind):
    clinician = kind.clinicians.get()
    make_visit(clinician, kind, at(9), video_link="https://room.example/dana", status="completed")

    with pytest.raises(IntegrityError), transaction.atomic():
        make_visit(clinician, kind, at(9, 30), video_link="https://room.example/dana")


def test_a_typed_room_is_told_by_letter_with_the_next_calendar_entry(untold, desk):
    visit = booked(untold, mode="video")

    changed = video.set_video_link(appointment=visit, link="https://room.example/abc", by=desk)
    video.set_video_link(appointment=visit, link="https://room.example/abc", by=desk)

    letter = letters("scheduling.video_link").get()
    assert (changed.revision, letter.context["video_link"]) == (1, "https://room.example/abc")
    assert "SEQUENCE:1" in letter.attachments[0]["text"]
    assert not Message.objects.filter(kind="scheduling.video_link", channel="sms").exists()
    assert list(AppointmentEvent.objects.values_list("event", "made_by")) == [("booked", None), ("video link", desk.pk)]


@pytest.mark.parametrize(
    "link",
    [
        "http://room.example/abc", "room", "javascript:alert(1)", "https://", "https://me:pw@room.example/x",
        f"https://room.example/{'x' * 300}", "https://[room/x", "",
    ],
)  # fmt: skip
def test_what_is_no_safe_address_is_refused(untold, desk, link):
    visit = booked(untold, mode="video")

    with pytest.raises(VideoLinkError):
        video.set_video_link(appointment=visit, link=link, by=desk)
    assert Appointment.objects.get().video_link == ""


def test_only_a_video_visit_to_come_has_a_room(kind, desk):
    over = make_visit(kind.clinicians.get(), kind, at(8, day=NOW.date()), mode="video")
    by_phone = booked(kind, mode="phone")

    for visit in (over, by_phone):
        with pytest.raises(IllegalMoveError):
            video.set_video_link(appointment=visit, link="https://room.example/abc", by=desk)


def test_page_of_the_link_keeps_what_was_typed_and_makes_a_new_one(client, kind, desk):
    visit = booked(kind, mode="video")
    path = f"/admin/desk/visits/{visit.pk}/video/"

    refused = client.post(path, {"link": "room"})
    saved = client.post(path, {"link": ""})

    assert (refused.status_code, 'value="room"' in refused.content.decode()) == (422, True)
    visit.refresh_from_db()
    assert (saved.status_code, visit.revision) == (302, 1)
    assert ROOM.fullmatch(visit.video_link)
    assert client.get(f"/admin/desk/visits/{uuid.uuid4()}/video/").status_code == 404


def test_template_without_a_code_is_refused_in_the_admin():
    shared = AppointmentType(name="x", slug="x", modes=["video"], video_link="https://video.example/room")

    with pytest.raises(Exception, match=r"holds \{code\} once"):
        shared.full_clean()
