"""Filling in: every answer kept at once, nothing shown to the wrong person, nobody stopped."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.dateformat import format as date_text

from clinic import links
from clinic.models import ClinicProfile
from intake.models import Flag, SafetyItem, Screening, ScreeningResponse
from intake.tests.screening.sitting_steps import Person, answers_of, cut, make_screening, sign_all, walk_to_check

pytestmark = pytest.mark.django_db


def test_whole_sitting_from_choice_to_thanks(person):
    person.get()
    assert person.heading == "A few questions before your visit"
    person.walk_in()
    assert person.heading == "Little interest or pleasure in doing things"
    walk_to_check(person)
    assert person.heading == "Check your answers"
    assert "Lithium · 300 mg" in person.text

    person.post()

    assert person.heading == "Thank you. Your answers are with us"
    person.screening.refresh_from_db()
    assert (person.screening.status, person.screening.mode) == ("completed", "web")
    assert answers_of(person.screening) == {
        "44250-9": ["Several days"], "44260-8": ["Not at all"], "69722-7": ["Not difficult at all"],
    }  # fmt: skip
    assert answers_of(person.screening, "STOP-ITEMS") == {"vessels": ["None of these"]}
    assert {row.status for row in person.screening.responses.all()} == {"completed"}


@pytest.mark.parametrize(
    "tail", ["", "birthday/", "before/", "q/x/", "all/x/", "check/", "done/", "copy/", "in-person/"]
)
def test_looking_changes_nothing(person, tail):
    before = Screening.objects.values().get()

    person.client.get(person.home + tail)

    assert Screening.objects.values().get() == before
    assert ScreeningResponse.objects.count() == 0


def test_pages_are_kept_out_of_caches_referrers_and_titles(person):
    person.start()
    answer = person.choose("LA6569-3")

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "<title>Question 2 \u2013 MKWI Care</title>" in person.text
    assert "44260" not in person.at


def test_wrong_revoked_and_foreign_tokens_get_the_same_answer(person):
    visit_token = links.token_for("visit", person.screening.pk)
    tablet_token = links.token_for("tablet", person.screening.pk)
    revoked = links.token_for("screening", person.screening.pk)
    links.revoke("screening", person.screening.pk)

    found = {
        person.client.get(f"/screening/{token}/{page}").text.replace(f"/screening/{token}/{page}", "")
        for token in ("x", visit_token, tablet_token, revoked)
        for page in ("", "check/", "q/x/")
    }
    assert len(found) == 1
    assert person.client.post("/screening/x/").status_code == 404


def test_nothing_is_selected_beforehand_and_blank_is_told_kindly(person):
    person.start().get()

    assert "checked" not in person.text
    person.post(form_key=person.form_key)

    assert person.answer.status_code == 422
    assert "Select an answer, or select “Prefer not to answer”" in person.text
    assert answers_of(person.screening) == {}


def test_prefer_not_to_answer_is_a_coded_reason(person):
    person.start().choose("-declined")

    entry = ScreeningResponse.objects.get(questionnaire__instrument="PHQ-9").answers["44250-9"]
    assert (entry["absent"], entry["answers"]) == ("asked-declined", [])


def test_positive_item_nine_is_kept_and_raised_at_once_and_help_stands_on_top(person):
    person.start().choose("LA6568-5", "LA6569-3")

    assert answers_of(person.screening)["44260-8"] == ["Several days"]
    assert SafetyItem.objects.get().level == 1
    assert Flag.objects.filter(is_live=True).first().level == 3
    assert person.heading == "In the past few weeks, have you wished you were dead?"
    assert person.text.index("crisis-block") < person.text.index("<form method")
    assert "A few more questions" in person.text


def test_after_the_follow_up_the_questions_go_on_where_they_were(person):
    person.start().choose("LA6568-5", "LA6569-3", "LA32-8")

    assert person.heading.startswith("If you checked off any problems")
    assert "<details" in person.text


def test_yes_to_thoughts_right_now_makes_it_an_emergency(person):
    person.start().choose("LA6568-5", "LA6571-9", "LA33-6", "LA33-6")

    assert SafetyItem.objects.get().level == 3
    assert "call 911 or go to the nearest emergency room" in person.text


def test_help_stands_open_on_the_page_after_a_list_that_says_yes_right_now(person):
    person.start().choose("LA6568-5", "LA6569-3")
    person.post(person.at.replace("/q/", "/all/"), q1="LA33-6")
    person.post(q1="LA33-6", q2="LA33-6")

    assert SafetyItem.objects.get().level == 3
    assert "<details" not in person.text
    assert person.text.index("crisis-block") < person.text.index("<form method")


def test_medicines_are_kept_where_the_clinic_left_out_the_list_of_classes(db):
    rows = cut("medicines", "medicines")
    rows["item"][0].pop("enableWhen")
    sign_all(MEDICINES=rows)
    person = Person(make_screening()).start()
    person.choose("LA6569-3", "LA6568-5", "LA6572-7", "LA6570-1", "none")

    person.post(q1__rows="1", q1__0__1="Lithium")

    assert answers_of(person.screening, "MEDICINES") == {"medicines": ["Lithium"]}


def test_declined_item_nine_is_raised_too(person):
    person.start().choose("LA6568-5", "-declined")

    assert SafetyItem.objects.count() == 1


def test_answering_item_nine_again_keeps_the_follow_up_and_closes_nothing(person):
    person.start().choose("LA6568-5")
    item_nine = person.at
    person.choose("LA6569-3", "LA33-6", "LA32-8")
    person.get(item_nine)

    person.choose("LA6568-5")

    assert answers_of(person.screening)["44260-8"] == ["Not at all"]
    assert SafetyItem.objects.get().state == "open"
    assert person.heading == "In the past few weeks, have you wished you were dead?"
    assert [flag.is_live for flag in Flag.objects.filter(response__questionnaire__instrument="PHQ-9")] == [False]


def test_back_shows_the_page_as_it_was_last_seen(person):
    person.start().get()
    first = person.at
    person.choose("LA6569-3")
    back = person.text.split('class="back-link" href="')[1].split('"')[0]

    person.get(back)

    assert back == first
    assert person.text.count("checked") == 1


def test_link_resumes_for_seven_days(person):
    person.start().choose("LA6569-3")
    Screening.objects.update(resumable_until=timezone.now() - dt.timedelta(seconds=1))

    person.screening.refresh_from_db()
    person.get()

    assert "ask us to open your questions again" in person.text
    assert person.heading == "This link took answers until " + date_text(
        timezone.localtime(person.screening.resumable_until), "l, F j"
    )
    assert answers_of(person.screening) == {"44250-9": ["Several days"]}


def test_switched_off_screening_is_not_offered(person):
    ClinicProfile.objects.update(screening_on=False)

    person.get()

    assert person.heading == "We do not take answers here at the moment"
    person.post()
    assert Screening.objects.get().status == "invited"


def test_nothing_opens_while_a_questionnaire_is_not_signed(db):
    ClinicProfile.current()
    ClinicProfile.objects.update(screening_on=True)

    with pytest.raises(AssertionError):
        make_screening()


def test_no_score_level_or_band_is_ever_shown(person):
    pages = [person.get().content]
    person.start()
    codes = ("LA6571-9", "LA6571-9", "LA33-6", "LA33-6", "LA6572-7", "LA6571-9", "avm", "none")
    pages += [person.choose(code).content for code in codes]
    pages += [person.post(q2__rows="1").content, person.post().content]

    text = b" ".join(pages).lower()
    assert person.heading == "Thank you. Your answers are with us"
    assert [
        word for word in (b"score", b"severe", b"high risk", b"eligible", b"positive", b"detected") if word in text
    ] == []


def test_csrf_is_checked(person):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(person.home).status_code == 403
