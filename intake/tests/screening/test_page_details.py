import pytest
from django.utils import timezone

from intake.models import ResponseRevision, SafetyItem, Screening
from intake.tests.screening.sitting_steps import (
    BEFORE,
    BORN,
    Person,
    answers_of,
    cut,
    make_screening,
    sign_all,
    walk_to_check,
)

pytestmark = pytest.mark.django_db


def test_before_the_questions_a_number_and_a_place_are_kept(person):
    person.post(person.home)
    person.post(**BORN)
    assert "ending in 0142" in person.text
    person.post(phone="", whereabouts="", contact_name="", contact_phone="")
    assert "Enter a city or an address, or tick" in person.text
    person.post(phone="612 555 0199", whereabouts="Duluth", contact_name="Ann", contact_phone="6125550177")

    person.screening.refresh_from_db()
    assert (person.screening.urgent_phone, person.screening.whereabouts) == ("+16125550199", "Duluth")
    assert person.screening.emergency_contact == {"name": "Ann", "phone": "+16125550177"}


def test_request_without_a_number_needs_one(signed):
    person = Person(make_screening(phone="", sms_consent=False))
    person.post(person.home)
    person.post(**BORN)
    person.post(**BEFORE)

    assert "Enter a phone number, including the area code" in person.text


def test_medicine_rows_can_be_added_and_removed(person):
    person.start().choose("LA6569-3", "LA6568-5", "LA6572-7", "LA6570-1", "none", "none")
    page = person.at
    person.post(q2__rows="1", q2__0__1="Lithium", more="1")
    assert person.text.count("row-of-answers") == 2
    person.post(page, q2__rows="2", q2__0__1="Lithium", q2__1__1="Sertraline", remove="q2-0")

    assert answers_of(person.screening, "MEDICINES")["medicines"] == ["Sertraline"]


def test_whole_list_asks_every_question_of_the_part(person):
    person.start().get()
    listed = person.text.split("Show all questions")[0].rsplit('href="', 1)[1].split('"')[0]
    person.get(listed)
    assert person.text.count("<legend") == 3
    person.post(q1="LA6569-3", q2="LA6568-5", q3="LA6572-7")

    assert answers_of(person.screening)["69722-7"] == ["Not difficult at all"]
    assert "/all/" in person.at


def test_whole_list_keeps_what_was_answered_when_something_is_missing(person):
    person.start()
    person.post(person.at.replace("/q/", "/all/"), q2="LA6570-1")

    assert person.answer.status_code == 422
    assert answers_of(person.screening) == {"44260-8": ["More than half the days"], "69722-7": []}
    assert SafetyItem.objects.get().level == 2
    assert "crisis-block" in person.text


def test_page_sent_twice_counts_once_and_does_not_undo_a_later_answer(person):
    person.start().get()
    page, key = person.at, person.form_key
    person.post(page, q1="LA6569-3", form_key=key)
    person.get(page)
    person.post(page, q1="LA6570-1", form_key=person.form_key)

    person.post(page, q1="LA6569-3", form_key=key)

    assert answers_of(person.screening) == {"44250-9": ["More than half the days"]}
    assert ResponseRevision.objects.count() == 2


def test_sending_with_gaps_is_asked_about_once_and_then_done(person):
    person.start().choose("LA6569-3")
    person.post(f"{person.home}check/")
    assert person.answer.status_code == 422
    assert "have no answer yet" in person.text
    person.post(f"{person.home}check/", anyway="1")

    assert person.heading == "Thank you. Your answers are with us"


def test_change_from_the_check_page_comes_back_to_it(person):
    walk_to_check(person)
    change = next(
        link.split('"')[0] for link in person.text.split('<a href="')[1:] if "/q/" in link.split('"')[0]
    )  # fmt: skip
    person.get(change)
    person.post(change, q1="LA6571-9", form_key=person.form_key)

    assert person.heading == "Check your answers"
    assert "Nearly every day" in person.text


def test_rather_in_person_is_respected_and_can_be_taken_back(person):
    person.post(f"{person.home}in-person/")
    assert person.heading == "That is fine. We will ask you in person"
    person.screening.refresh_from_db()
    assert person.screening.status == "in_person"

    person.walk_in()

    assert person.heading == "Little interest or pleasure in doing things"


def test_emergency_stays_open_and_short_on_later_pages_and_before_sending(person):
    person.start().choose("LA6568-5", "LA6569-3", "LA33-6", "LA33-6")
    assert "This form is not an emergency service" in person.text.split("<form method")[0]
    assert "crisis-short" not in person.text

    person.choose("LA6572-7")

    assert 'id="crisis-short"' in person.text.split("<details")[0]
    person.get(f"{person.home}check/")
    assert 'id="crisis-short"' in person.text


def test_where_i_am_need_not_be_written_again_after_back(person):
    person.start()

    person.post(f"{person.home}before/", phone="", whereabouts="", contact_name="", contact_phone="")

    assert person.heading == "Little interest or pleasure in doing things"
    assert Screening.objects.get().whereabouts == "Duluth"


def test_blood_pressure_that_cannot_be_is_mended_on_the_page_and_a_dangerous_one_says_what_to_do(db):
    sign_all(**{"STOP-ITEMS": cut("stop-items", "systolic", "diastolic", "reading-date")})
    person = Person(make_screening()).start()
    person.choose("LA6568-5", "LA6568-5", "LA6572-7", "LA6568-5")
    systolic = person.at
    person.post(q1="190", form_key=person.form_key)
    assert "If you have chest pain, trouble breathing, weakness" in person.text

    person.post(systolic, q1="120", form_key="")
    assert "If you have chest pain" not in person.text
    person.post(q2="130", form_key=person.form_key)
    assert person.answer.status_code == 422
    assert "This number must be below the other one. Check both: “The higher number (systolic)”" in person.text
    person.post(systolic, q1="190", form_key="")
    person.post(q2="100", form_key=person.form_key)
    person.post(q3_year=str(timezone.now().year + 1))
    assert "The date must be today or before. Today is" in person.text

    assert answers_of(person.screening, "STOP-ITEMS") == {"systolic": ["190"], "diastolic": ["100"]}
    person.get(f"{person.home}check/")
    assert "If you have chest pain, trouble breathing, weakness" in person.text


def test_lines_say_what_they_are(person):
    person.start().choose("LA6569-3", "LA6568-5", "LA6572-7", "LA6570-1", "none", "none")

    assert "Medicine 1" in person.text
