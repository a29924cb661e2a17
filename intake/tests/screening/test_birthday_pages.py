import datetime as dt

import pytest
from django.utils import timezone

from clinic.models import DeskTask
from intake.models import SafetyItem, Screening
from intake.screening import sittings
from intake.screening.flow import Sitting
from intake.selectors import screening_states
from intake.tests.screening.sitting_steps import BEFORE, BORN, Person, answers_of

pytestmark = pytest.mark.django_db
ITEM_NINE = "Thoughts that you would be better off dead or of hurting yourself in some way"


def test_other_browser_goes_on_after_the_birthday_and_sees_no_answer(person):
    person.start().choose("LA6569-3")
    other = Person(person.screening)

    other.get()
    assert other.heading == "Welcome back"
    other.post()
    assert other.heading == "What is your date of birth?"
    other.post(**BORN)

    assert other.heading == ITEM_NINE
    other.get(f"{other.home}check/")
    assert "Several days" not in other.text
    assert "Answered" in other.text
    first_change = other.text.split('<a href="')[1:]
    change = next(link.split('"')[0] for link in first_change if "/q/" in link.split('"')[0])
    other.get(change.replace("&amp;", "&"))
    assert "checked" not in other.text


def test_answers_are_shown_back_once_staff_confirmed_the_date(person):
    person.start().choose("LA6569-3")
    sittings.confirm_date_of_birth(screening=person.screening, by=None)
    other = Person(person.screening)
    other.post(other.home)
    other.post(**BORN)

    other.get(f"{other.home}check/")

    assert "Several days" in other.text


def test_pages_without_the_birthday_lead_to_it(person):
    person.start().choose("LA6569-3")
    question = person.at

    for path in (question, f"{person.home}check/", f"{person.home}before/"):
        other = Person(person.screening)
        other.get(path)
        assert other.heading == "What is your date of birth?"


def test_wrong_birthdays_are_limited_and_the_right_one_does_not_get_through_then(person):
    person.start()
    other = Person(person.screening)
    other.get()
    other.post()
    wrong = {**BORN, "born_year": "1985"}
    codes = [other.post(f"{other.home}birthday/", **wrong).status_code for _try in range(6)]

    assert codes == [422] * 5 + [429]
    other.post(f"{other.home}birthday/", **BORN)
    assert other.answer.status_code == 429
    assert "There were too many tries" in other.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"born_month": "", "born_day": "", "born_year": ""}, "Enter your date of birth"),
        ({"born_year": ""}, "The date must include a year"),
        ({"born_month": "13"}, "Enter a real date"),
        ({"born_year": "2090"}, "Your date of birth must be in the past"),
        ({"born_year": "1850"}, "Your date of birth must be"),
        ({"born_month": "\x00", "born_day": "💥"}, "The date must include a month"),
    ],
)
def test_birthday_that_cannot_be_says_what_to_mend(person, changes, error):
    person.post(person.home)
    person.post(**{**BORN, **changes})

    assert person.answer.status_code == 422
    assert error in person.text


def test_under_18_holds_the_visit_and_makes_a_task(person):
    person.post(person.home)
    person.post(**{**BORN, "born_year": str(timezone.now().year - 16)})

    assert person.heading == "We need to talk with you first"
    person.screening.refresh_from_db()
    assert person.screening.held_at is not None
    task = DeskTask.objects.get(kind=DeskTask.Kind.SAFETY)
    assert str(person.screening.request.reference) in task.title
    assert screening_states([person.screening.request_id])[person.screening.request_id].on_hold


def test_under_18_is_asked_nothing_more(person):
    person.post(person.home)
    person.post(**{**BORN, "born_year": str(timezone.now().year - 16)})
    person.post(f"{person.home}before/", **BEFORE)

    assert person.heading == "We need to talk with you first"
    assert Screening.objects.get().whereabouts is None


def test_answer_sent_after_the_session_ended_is_kept_and_the_cry_is_heard(person):
    person.start().choose("LA6569-3")
    item_nine = person.at
    gone = Person(person.screening)
    gone.post(item_nine, q2="LA6571-9")

    assert gone.heading == "What is your date of birth?"
    assert "crisis-block" in gone.text
    assert SafetyItem.objects.get().level == 2
    assert answers_of(person.screening)["44260-8"] == ["Nearly every day"]


def test_stranger_with_the_link_overwrites_nothing(person):
    first = person.start().at
    person.choose("LA6569-3", "LA6571-9")
    item_nine = f"{person.home}q/{Sitting(person.screening).steps[1].key}/"
    stranger = Person(person.screening)

    stranger.post(first, q1="LA6568-5")
    stranger.post(item_nine, q2="LA6568-5")

    assert answers_of(person.screening) == {"44250-9": ["Several days"], "44260-8": ["Nearly every day"]}


def test_corrected_birthday_goes_on_but_the_hold_stays_for_a_clinician(person):
    person.post(person.home)
    person.post(**{**BORN, "born_year": str(timezone.now().year - 16)})
    person.post(f"{person.home}birthday/", **BORN)

    assert person.heading == "Before we begin"
    person.screening.refresh_from_db()
    assert person.screening.held_at is not None


def test_birthday_that_the_clinic_knows_is_what_counts(person):
    person.screening.patient.date_of_birth = dt.date(1990, 1, 2)
    person.screening.patient.save()
    person.post(person.home)
    person.post(**BORN)

    assert "That is not the date we have" in person.text
    assert "Does it still not work? Nothing is lost." in person.text
