import datetime as dt
import json

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from clinic.models import AccessEvent
from clinic.roles import Role
from intake import reviews, safety
from intake.errors import NotAClinicianError, ReviewOutdatedError, SafetyOpenError
from intake.models import Review
from intake.tests.factories import make_request
from intake.tests.review_steps import HOSTILE, change_answer, full, page, signed, sitting
from intake.tests.safety_steps import clinician, item_of, staff
from intake.tests.test_safety_pages import text
from notifications.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_(db):
    return make_request(message=HOSTILE)


@pytest.fixture
def dana(client):
    user = clinician()
    client.force_login(user)
    return user


def read_of(client, request):
    return client.get(page(request)).context["form"].initial["read"]


# --- The page --------------------------------------------------------------------------------------


# --- Signing ---------------------------------------------------------------------------------------


def test_sign_off_gives_the_desk_one_word(client, request_, dana):
    full(request_)

    answer = client.post(
        page(request_, "sign"), {"outcome": "move", "note": "canary note", "read": read_of(client, request_)}
    )

    assert answer.status_code == 302
    review = Review.objects.get()
    assert (review.outcome, review.reviewed_by, review.is_current, review.note) == ("move", dana, True, "canary note")
    assert "Reviewed by Dana Test" in text(client.get(page(request_)))


@pytest.mark.parametrize("typed", [{}, {"outcome": "x"}, {"outcome": "move", "read": ""}, {"note": "n" * 5000}])
def test_bad_sign_off_is_explained_and_keeps_nothing(client, request_, dana, typed):
    assert client.post(page(request_, "sign"), typed).status_code == 422
    assert Review.objects.count() == 0


def test_answers_changed_while_reading_are_not_signed_unread(client, request_, dana):
    row = full(request_)
    read = read_of(client, request_)
    change_answer(row, "phq-9", [3] * 10)

    answer = client.post(page(request_, "sign"), {"outcome": "proceed", "note": "kept words", "read": read})

    assert "Answers changed while you were reading." in text(answer)
    assert "kept words" in text(answer)
    assert Review.objects.count() == 0
    with pytest.raises(ReviewOutdatedError):
        signed(request_, dana, read=read)


def test_proceed_is_refused_while_somebody_must_be_called(request_, dana):
    item = item_of(request_)
    with pytest.raises(SafetyOpenError):
        signed(request_, dana)
    signed(request_, dana, outcome=Review.Outcome.CALL_FIRST)
    safety.acknowledge(item=item, by=dana)
    safety.close(
        item=item, by=dana, disposition=safety.Disposition.IN_ERROR, note="x", seen=item.events.latest("id").pk
    )

    signed(request_, dana)

    assert list(Review.objects.filter(is_current=True).values_list("outcome", flat=True)) == ["proceed"]


def test_only_clinicians_sign(request_):
    with pytest.raises(NotAClinicianError):
        signed(request_, staff("max", Role.MANAGER))


def test_answer_changed_later_opens_the_review_with_what_changed_and_tells_who_signed(client, request_, dana):
    row = full(request_)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=1), tick=False):
        signed(request_, dana)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=2), tick=False):
        change_answer(row, "phq-9", [3, *[1] * 9])
    reviews.tell_reviewers(timezone.now())
    reviews.tell_reviewers(timezone.now())

    shown = text(client.get(page(request_)))
    assert "Answers changed after this review." in shown
    assert "<td><bdi>Several days</bdi></td><td><bdi>Nearly every day</bdi></td>" in shown
    told = Message.objects.get(kind="intake.review_again")
    assert (told.staff_user, told.address) == (dana, "dana@clinic.example")
    assert "Sam" not in json.dumps([told.context, told.subject_ref])


def test_review_replaced_by_a_newer_one_tells_nobody(request_, dana):
    signed(request_, dana)
    signed(request_, dana, outcome=Review.Outcome.MOVE, now=timezone.now() + dt.timedelta(seconds=1))

    reviews.tell_reviewers(timezone.now())

    assert Message.objects.filter(kind="intake.review_again").count() == 0


# --- Who waits -------------------------------------------------------------------------------------


def test_list_has_the_unread_and_whoever_is_owed_a_call_most_urgent_first(client, dana):
    plain, flagged, owed, done, untouched = (
        make_request(name=f"Person {name}", phone=f"+1612555020{number}", email=f"{number}@x.example")
        for number, name in enumerate(("Plain", "Flagged", "Owed", "Done", "Untouched"))
    )
    sitting(plain, phq_9=[0] * 10)
    full(flagged)
    item_of(owed)
    sitting(done, phq_9=[0] * 10)
    signed(done, dana)

    found = client.get(reverse("review:list")).context["list"]

    assert [row.request for row in found.to_read] == [owed, flagged, plain]
    assert [row.progress for row in found.to_read] == ["Not asked", "Sent", "Sent"]
    assert found.to_read[0].state.call_needed is True
    assert found.coming == []
    assert untouched.status == "open"
    assert AccessEvent.objects.filter(by=dana, subject_ref="intake.review:list").count() == 1


def test_list_costs_the_same_with_one_and_four_people(client, dana, django_assert_max_num_queries):
    def queries():
        with django_assert_max_num_queries(30) as seen:
            client.get(reverse("review:list"))
        return len(seen)

    sitting(make_request(), phq_9=[0] * 10)
    one = queries()
    for number in range(3):
        sitting(
            make_request(name=f"P {number}", phone=f"+1612555030{number}", email=f"q{number}@x.example"), gad_7=[0] * 7
        )

    assert queries() == one
