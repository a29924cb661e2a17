"""Staff's part: sending, waiving, confirming, entering answers, and the clinic's tablet. The desk reads no answer."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from clinic import links
from clinic.models import AccessEvent, ClinicProfile, User
from clinic.roles import Role
from intake.models import ResponseRevision, Screening, ScreeningResponse
from intake.screening import sittings
from intake.screening.flow import Sitting
from intake.tests.screening.sitting_steps import Person
from notifications.models import Message

pytestmark = pytest.mark.django_db


def staff(role):
    user, _made = User.objects.get_or_create(email=f"{role.name.lower()}@clinic.example", defaults={"is_staff": True})
    user.groups.add(Group.objects.get(name=role.value))
    client = Client()
    client.force_login(user)
    return client, user


def page_of(person):
    return f"/admin/desk/sittings/{person.screening.request_id}/"


@pytest.mark.parametrize(
    ("role", "code"),
    [(Role.FRONT_DESK, 200), (Role.CLINICIAN, 200), (Role.MANAGER, 200), (Role.AUDITOR, 403)],
)
def test_who_may_send_questions(person, role, code):
    assert staff(role)[0].get(page_of(person)).status_code == code


def test_desk_sees_how_far_they_are_and_no_answer(person):
    person.start().choose("LA6571-9", "LA6571-9")
    client, user = staff(Role.FRONT_DESK)

    text = client.get(page_of(person)).content.decode()

    assert "Before the visit: Started" in text
    assert [word for word in ("Nearly every day", "Thoughts that", "Duluth", "Urgent") if word in text] == []
    assert AccessEvent.objects.filter(by=user, action="read").count() == 1


def test_pack_is_sent_again_as_a_new_sitting(person):
    person.start().post(f"{person.home}check/", anyway="1")
    client, _user = staff(Role.FRONT_DESK)

    client.post(page_of(person), {"act": "send", "pack": "repeat"})
    client.post(page_of(person), {"act": "send", "pack": "repeat"})

    assert sorted(Screening.objects.values_list("pack", "status")) == [
        ("pre_visit", "completed"),
        ("repeat", "invited"),
    ]


def test_link_goes_out_by_the_agreed_channels_and_tells_nothing(person):
    client, _user = staff(Role.FRONT_DESK)

    client.post(page_of(person), {"act": "send", "pack": "repeat"})

    letters = Message.objects.filter(kind="intake.questions")
    sent = Screening.objects.get(pack="repeat")
    assert sorted(letter.channel for letter in letters) == ["email", "sms"]
    assert {letter.context["questions_link"] for letter in letters} == {f"[[link:questions:{sent.pk}]]"}
    assert sent.sent_at is not None
    found = Client().get(links.path_for("questions", sent.pk))
    assert (found.status_code, found.headers["Location"]) == (303, links.path_for("screening", sent.pk))
    assert Client().get("/q/x/").status_code == 404


def test_pack_with_an_unsigned_questionnaire_is_not_sent(person):
    client, _user = staff(Role.FRONT_DESK)

    client.post(page_of(person), {"act": "send", "pack": "second"})

    assert Screening.objects.filter(pack="second").count() == 0


def test_clinician_waives_with_a_reason_and_the_desk_cannot(person):
    values = {"act": "waive", "sitting": str(person.screening.pk), "reason": "Known to me"}
    assert staff(Role.FRONT_DESK)[0].post(page_of(person), values).status_code == 403
    client, user = staff(Role.CLINICIAN)
    client.post(page_of(person), {**values, "reason": ""})
    assert Screening.objects.get().status == "invited"

    client.post(page_of(person), values)

    row = Screening.objects.get()
    assert (row.status, row.waived_by, row.waive_reason) == ("waived", user, "Known to me")
    person.get()
    assert person.heading == "You do not need to answer these questions"
    person.post()
    assert Screening.objects.get().status == "waived"


def test_staff_confirm_the_date_of_birth_and_the_copy_opens(person):
    person.start().choose("LA6569-3")
    person.get(f"{person.home}copy/")
    assert person.heading == "We cannot show your answers here yet"
    client, user = staff(Role.FRONT_DESK)

    client.post(page_of(person), {"act": "confirm", "sitting": str(person.screening.pk)})

    person.get(f"{person.home}copy/")
    assert "Several days" in person.text
    row = Screening.objects.select_related("patient").get()
    assert (row.dob_confirmed_by, str(row.patient.date_of_birth)) == (user, "1984-04-09")


@pytest.mark.parametrize("sitting", ["", "x", "11111111-2222-3333-4444-555555555555"])
def test_sitting_of_another_request_cannot_be_named(person, sitting):
    client, _user = staff(Role.CLINICIAN)

    assert client.post(page_of(person), {"act": "waive", "sitting": sitting, "reason": "x"}).status_code == 403


def test_only_who_may_enter_answers_opens_the_entry(person):
    entry = f"/admin/screening/{person.screening.pk}/enter/"

    assert Client().get(entry).status_code == 302
    assert staff(Role.FRONT_DESK)[0].get(entry).status_code == 403
    assert staff(Role.FRONT_DESK)[0].post(f"{entry}check/").status_code == 403
    assert staff(Role.CLINICIAN)[0].get(entry).status_code == 200
    assert (
        staff(Role.MEDICAL_DIRECTOR)[0].get(f"/admin/screening/{person.screening.request_id}/enter/").status_code == 403
    )


def test_answers_given_by_phone_keep_who_entered_them(person):
    client, user = staff(Role.CLINICIAN)
    entry = Person(person.screening, client, door="entry")
    entry.post(mode="phone")
    entry.post(born_month="4", born_day="9", born_year="1984")
    entry.post(phone="", whereabouts="Duluth")
    entry.choose("LA6569-3")

    row = Screening.objects.get()
    assert (row.mode, row.entered_by) == ("phone", user)
    assert ResponseRevision.objects.get().saved_by == user
    assert "You are entering answers for Sam Example" in entry.text
    assert AccessEvent.objects.filter(by=user, subject_ref=f"intake.screening:{row.pk}").count() > 0


def test_tablet_ends_the_staff_session_and_shows_only_this_sitting(person):
    client, _user = staff(Role.FRONT_DESK)
    answer = client.post(f"/admin/screening/{person.screening.pk}/tablet/", follow=True)

    assert "A few questions before your visit" in answer.content.decode()
    assert client.get("/admin/").status_code == 302
    assert client.get(page_of(person)).status_code == 302
    assert client.get(answer.redirect_chain[-1][0]).status_code == 200


def test_desk_that_confirms_the_date_and_takes_the_tablet_reads_no_answer(person):
    person.start().choose("LA6569-3")
    key = Sitting(person.screening).steps[0].key
    client, _user = staff(Role.FRONT_DESK)
    client.post(page_of(person), {"act": "confirm", "sitting": str(person.screening.pk)})
    client.post(f"/admin/screening/{person.screening.pk}/tablet/")
    tablet = Person(person.screening, client, door="tablet")

    tablet.get(f"{tablet.home}check/")
    assert ("Answered" in tablet.text, "Several days" in tablet.text) == (True, False)
    tablet.get(f"{tablet.home}q/{key}/")
    assert ("Several days" in tablet.text, "checked" in tablet.text) == (True, False)


def test_tablet_link_opens_on_no_other_device(person):
    assert Client().get(links.path_for("tablet", person.screening.pk)).status_code == 404


def test_tablet_forgets_everything_at_the_end(person):
    client, _user = staff(Role.FRONT_DESK)
    client.post(f"/admin/screening/{person.screening.pk}/tablet/")
    tablet = Person(person.screening, client, door="tablet")
    tablet.walk_in().choose("LA6569-3")
    question = tablet.at
    assert Screening.objects.get().mode == "tablet"
    tablet.post(tablet.at.split("/q/")[0] + "/stop/")

    assert tablet.heading == "Thank you"
    assert "Sam" not in tablet.text
    assert client.get(question).status_code == 404
    assert client.get(tablet.home).status_code == 404
    assert ScreeningResponse.objects.get(questionnaire__instrument="PHQ-9").answers != {}


def test_tablet_that_sends_ends_on_the_neutral_page(person):
    client, _user = staff(Role.FRONT_DESK)
    client.post(f"/admin/screening/{person.screening.pk}/tablet/")
    tablet = Person(person.screening, client, door="tablet")
    tablet.walk_in().choose("LA6568-5", "LA6568-5")
    tablet.post(f"{tablet.home}check/", anyway="1")

    assert (tablet.heading, Screening.objects.get().status) == ("Thank you", "completed")
    assert client.session.keys() == set()


def test_tablet_keeps_help_on_its_last_page_until_the_person_puts_it_away(person):
    client, _user = staff(Role.FRONT_DESK)
    client.post(f"/admin/screening/{person.screening.pk}/tablet/")
    tablet = Person(person.screening, client, door="tablet")
    tablet.walk_in().choose("LA6568-5", "LA6569-3")

    tablet.post(tablet.at.split("/q/")[0] + "/stop/")

    assert tablet.heading == "Help is available now"
    assert "988" in tablet.text
    assert client.get(tablet.home).status_code == 404
    tablet.post()
    assert tablet.heading == "Thank you"
    assert client.session.keys() == set()


def test_tablet_works_while_screening_is_off_for_the_web(person):
    ClinicProfile.objects.update(screening_on=False)
    client, _user = staff(Role.FRONT_DESK)
    client.post(f"/admin/screening/{person.screening.pk}/tablet/")
    tablet = Person(person.screening, client, door="tablet")

    tablet.get()

    assert tablet.heading == "A few questions before your visit"


def test_hand_over_is_a_post(person):
    assert staff(Role.FRONT_DESK)[0].get(f"/admin/screening/{person.screening.pk}/tablet/").status_code == 405


def test_waived_sitting_cannot_be_waived_again(person):
    _client, user = staff(Role.CLINICIAN)
    sittings.waive(screening=person.screening, by=user, reason="x")

    with pytest.raises(sittings.ScreeningClosedError):
        sittings.waive(screening=person.screening, by=user, reason="y")
