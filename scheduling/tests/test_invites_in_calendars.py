"""Our invites in other people's programs: two parsers that know nothing of each other, and a real CalDAV server."""

import subprocess
import sys
import urllib.error
import urllib.request

import icalendar
import pytest
import vobject

from clinic.tests.lab import wait_for
from clinic.tests.production import free_port
from notifications.models import Message
from scheduling.models import Appointment
from scheduling.tests.factories import another_request, at, make_clinician, make_type
from scheduling.tests.visit_moves import book, cancel, move, undo

pytestmark = pytest.mark.django_db

SECONDS = 20


def entries():
    """The calendar files that left with our e-mails, in order of their revision."""
    rows = Message.objects.filter(channel="email", kind__startswith="scheduling.").order_by("created_at")
    return [row.attachments[0]["text"] for row in rows if row.attachments]


def by_icalendar(text):
    calendar = icalendar.Calendar.from_ical(text)
    (event,) = calendar.walk("VEVENT")
    return {
        "method": str(calendar["method"]),
        "uid": str(event["uid"]),
        "sequence": int(event["sequence"]),
        "start": event.decoded("dtstart"),
        "end": event.decoded("dtend"),
        "status": str(event["status"]),
        "summary": str(event["summary"]),
        "organizer": str(event["organizer"]),
        "attendee": str(event["attendee"]),
        "description": str(event["description"]),
    }


def by_vobject(text):
    calendar = vobject.readOne(text)
    (event,) = calendar.vevent_list
    return {
        "method": calendar.method.value,
        "uid": event.uid.value,
        "sequence": int(event.sequence.value),
        "start": event.dtstart.value,
        "end": event.dtend.value,
        "status": event.status.value,
        "summary": event.summary.value,
        "organizer": event.organizer.value,
        "attendee": event.attendee.value,
        "description": event.description.value,
    }


@pytest.fixture
def visit():
    request = another_request(name="Sam, Example; x", email="sam@person.example")
    return book(make_type([make_clinician()]), at(9), asker=request)


def test_two_parsers_read_the_same_in_every_invite_of_a_visit(visit):
    move(visit, at(11))
    cancel(visit)
    undo(visit)
    cancel(visit)

    read = [by_icalendar(text) for text in entries()]

    assert [by_vobject(text) for text in entries()] == read
    assert {one["uid"] for one in read} == {f"{visit.pk}@localhost"}
    assert [(one["method"], one["sequence"], one["start"], one["status"]) for one in read] == [
        ("REQUEST", 0, at(9), "CONFIRMED"),
        ("REQUEST", 1, at(11), "CONFIRMED"),
        ("CANCEL", 2, at(11), "CANCELLED"),
        ("REQUEST", 3, at(11), "CONFIRMED"),
        ("CANCEL", 4, at(11), "CANCELLED"),
    ]
    assert {(one["summary"], one["organizer"], one["attendee"], one["description"]) for one in read} == {
        ("Appointment", "mailto:care@clinic.example", "mailto:sam@person.example", "MKWI Care, (612) 555-0100")
    }


class CalDav:
    """A calendar on a real server, kept up to date as a mail program does it for its owner (RFC 5546, RFC 4791)."""

    def __init__(self, url):
        self.url = f"{url}/sam/home/"

    def ask(self, verb, path="", body="", **headers):
        request = urllib.request.Request(
            self.url + path,
            data=body.encode() or None,
            method=verb,
            headers={"Authorization": "Basic c2FtOg==", **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, ""

    def take_in(self, text):
        """REQUEST puts or replaces the entry of this UID unless it is older than ours; CANCEL removes it."""
        calendar = icalendar.Calendar.from_ical(text)
        (event,) = calendar.walk("VEVENT")
        path, method = f"{event['uid']}.ics", str(calendar.pop("method"))  # a stored entry has no METHOD
        status, known = self.ask("GET", path)
        if status == 200 and by_uid(known)["sequence"] > int(event["sequence"]):
            return "older"
        if method == "CANCEL":
            return self.ask("DELETE", path)[0]
        return self.ask("PUT", path, str(calendar.to_ical(), "utf-8"), **{"Content-Type": "text/calendar"})[0]

    def starts(self):
        """What the owner sees: the start of each entry that the server holds."""
        status, text = self.ask("GET")
        assert status == 200
        return [event.dtstart.value for one in vobject.readComponents(text) for event in one.contents.get("vevent", [])]


def by_uid(text):
    (event,) = vobject.readOne(text).vevent_list
    return {"uid": event.uid.value, "sequence": int(event.sequence.value)}


@pytest.fixture
def caldav(tmp_path):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        sys.executable, "-m", "radicale", "--config", "", "--hosts", f"127.0.0.1:{port}", "--auth-type", "none",
        "--rights-type", "owner_only", "--storage-filesystem-folder", str(tmp_path / "calendars"), "--logging-level", "warning",
    ]  # fmt: skip
    with (tmp_path / "radicale.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
        calendar = CalDav(url)
        try:
            wait_for(lambda: _answers(calendar), seconds=SECONDS, what="Radicale")
            assert calendar.ask("MKCALENDAR")[0] == 201
            yield calendar
        finally:
            server.terminate()
            server.wait(timeout=SECONDS)


def _answers(calendar):
    try:
        return calendar.ask("OPTIONS")[0] == 200
    except OSError:
        return False


def test_one_entry_moves_and_vanishes_on_a_real_caldav_server(visit, caldav):
    move(visit, at(11))
    cancel(visit)
    request, moved, cancelled = entries()

    assert caldav.take_in(request) == 201
    assert caldav.starts() == [at(9)]

    assert caldav.take_in(moved) in {200, 201, 204}
    assert caldav.starts() == [at(11)]
    assert caldav.take_in(request) == "older"  # a letter that comes late changes nothing
    assert caldav.starts() == [at(11)]

    assert caldav.take_in(cancelled) in {200, 204}
    assert caldav.starts() == []
    assert Appointment.objects.get().is_cancelled
