import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.urls import reverse

from clinic import roster, switches
from clinic.models import ClinicProfile, OnCallShift
from clinic.roles import Role
from intake import safety
from intake.models import Questionnaire, SafetyLevel
from intake.safety.readiness import NEEDED
from intake.tests.factories import make_request
from intake.tests.safety_steps import MONDAY, NIGHT, clinician, item_of, on_call, staff

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def hours(*pairs):
    return [(MONDAY + begin * HOUR, MONDAY + end * HOUR) for begin, end in pairs]


@pytest.mark.parametrize(
    ("covered", "gaps"),
    [
        ([], [(0, 10)]),
        ([(0, 10)], []),
        ([(-5, 20)], []),
        ([(0, 4), (4, 10)], []),
        ([(0, 6), (3, 10)], []),  # overlaps are fine
        ([(2, 4), (6, 8)], [(0, 2), (4, 6), (8, 10)]),
        ([(6, 8), (2, 9)], [(0, 2), (9, 10)]),
        ([(12, 20)], [(0, 10)]),
    ],
)
def test_gaps_are_what_no_shift_covers(covered, gaps):
    assert roster.gaps(hours(*covered), since=MONDAY, until=MONDAY + 10 * HOUR) == hours(*gaps)


@pytest.fixture
def signed(db):
    director = staff("sol", Role.MEDICAL_DIRECTOR)
    for name in NEEDED:
        Questionnaire.objects.update_or_create(
            instrument=name,
            language="en",
            status="published",
            defaults={
                "url": f"https://x.example/{name}", "version": "t", "title": name, "definition": {}, "digest": "x",
                "signed_by": director, "signed_at": MONDAY,
            },
        )  # fmt: skip


def switch_on():
    profile = ClinicProfile.current()
    profile.screening_on = True
    profile.full_clean()
    profile.save()


@pytest.mark.django_db
def test_screening_needs_signed_questionnaires_and_a_roster():
    with time_machine.travel(MONDAY, tick=False), pytest.raises(ValidationError) as refused:
        switch_on()

    said = " ".join(refused.value.message_dict["screening_on"])
    assert "Sign them off first" in said
    assert "Nobody is on call now" in said
    assert ClinicProfile.current().screening_on is False


def test_screening_goes_on_with_both(signed):
    on_call(clinician(), MONDAY - HOUR, MONDAY + 8 * DAY)

    with time_machine.travel(MONDAY, tick=False):
        switch_on()

    assert ClinicProfile.current().screening_on is True


def test_screening_stays_off_when_opening_hours_have_a_gap(signed):
    dana = clinician()
    on_call(dana, MONDAY - HOUR, MONDAY + DAY)
    on_call(dana, MONDAY + 2 * DAY, MONDAY + 9 * DAY)

    with time_machine.travel(MONDAY, tick=False):
        found = switches.obstacles("screening_on")

    words = "Nobody is on call during 2 of the opening hours of the next seven days, first Tuesday, November 24"
    assert found == [f"{words}, 10:00 AM CST. Fill the roster."]


@pytest.mark.django_db
def test_screening_that_is_on_lets_other_settings_be_saved():
    ClinicProfile.objects.update(screening_on=True)

    switch_on()


@pytest.mark.django_db
def test_profile_page_says_why_screening_cannot_go_on(client):
    client.force_login(staff("sol", Role.MEDICAL_DIRECTOR))

    page = client.get(reverse("admin:clinic_clinicprofile_change", args=[1])).content.decode()

    assert 'name="screening_on"' in page


@pytest.mark.django_db
def test_roster_page_shows_gaps_in_the_clinics_time(client):
    user = staff("sol", Role.MEDICAL_DIRECTOR)
    on_call(clinician(), MONDAY - HOUR, MONDAY + 8 * HOUR)
    with time_machine.travel(MONDAY, tick=False):
        client.force_login(user)
        page = client.get(reverse("admin:clinic_oncallshift_changelist")).content.decode()

    assert "Mon Nov. 23, 6:00 PM to Mon Dec. 7, 10:00 AM CST" in page


@pytest.mark.django_db
def test_director_adds_a_shift_in_the_clinics_time(client):
    client.force_login(staff("sol", Role.MEDICAL_DIRECTOR))
    dana = clinician()

    client.post(
        reverse("admin:clinic_oncallshift_add"),
        {
            "user": dana.pk, "starts_at_0": "2026-11-23", "starts_at_1": "10:00", "ends_at_0": "2026-11-23",
            "ends_at_1": "18:00", "phone": "(612) 555-0171", "email": "",
        },
    )  # fmt: skip

    shift = OnCallShift.objects.get()
    assert (shift.starts_at, str(shift.phone)) == (MONDAY, "+16125550171")


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.AUDITOR])
def test_roster_is_not_for_everybody(client, role):
    client.force_login(staff("robin", role))

    assert client.get(reverse("admin:clinic_oncallshift_changelist")).status_code == 403


# --- What the person sees --------------------------------------------------------------------------


def block(item, now=MONDAY, **said):
    with time_machine.travel(now, tick=False):
        crisis = safety.crisis_block(item=item, now=now, **said)
    profile = ClinicProfile.current()
    return " ".join(
        render_to_string(
            "screening/_crisis.html", {"crisis": crisis, "clinic": profile, "crisis_lines": profile.crisis_lines.all()}
        ).split()
    )


@pytest.mark.django_db
def test_crisis_block_is_plain_html_that_says_where_to_get_help_and_nothing_of_a_level():
    shown = block(item_of())

    assert 'role="alert"' in shown
    assert [link in shown for link in ('href="tel:988"', 'href="sms:988"', 'href="tel:911"', 'href="sms:741741"')] == [
        True
    ] * 4
    assert "You mentioned thoughts of being better off dead or of hurting yourself." in shown
    assert "You can keep going with the form." in shown
    assert [
        word for word in ("high risk", "score", "urgent", "<form", "<script", "style=") if word in shown.lower()
    ] == []


@pytest.mark.django_db
def test_crisis_block_of_an_emergency_begins_with_what_to_do_now():
    shown = block(item_of(level=SafetyLevel.EMERGENCY))

    words = "If you might act on these thoughts or are in danger now, call 911 or go to the nearest emergency room."
    assert shown.index(words) < shown.index("Thank you for telling us")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("now", "shift", "said"),
    [
        (MONDAY, (-1, 8), "A member of our clinical team will try to reach you by 11:00 AM CST today."),
        (NIGHT, (10, 24), "will try to reach you by 9:00 AM CST on Tuesday, November 24."),
        (NIGHT, (12, 24), "is on call right now. We will try to reach you after 11:00 AM CST on Tuesday, November 24."),
        (NIGHT, None, "Nobody of our clinic is on call right now, and we cannot say when we will call."),
    ],
)
def test_crisis_block_says_truthfully_when_somebody_calls(now, shift, said):
    if shift is not None:
        on_call(clinician(), now + shift[0] * HOUR, now + shift[1] * HOUR)

    assert said in block(item_of(now=now), now)


@pytest.mark.django_db
def test_crisis_block_without_a_number_promises_no_call():
    on_call(clinician(), MONDAY - HOUR, MONDAY + 9 * HOUR)

    shown = block(item_of(), can_call=False)

    assert "We have no number to call you." in shown
    assert "will try to reach you" not in shown


@pytest.mark.django_db
def test_crisis_block_after_a_declined_question_does_not_say_they_told_us():
    shown = block(item_of(level=SafetyLevel.URGENT_SAME_DAY), was_answered=False)

    assert "You mentioned" not in shown
    assert "You do not have to answer." in shown


@pytest.mark.django_db
@pytest.mark.parametrize("model", ["patient", "consultationrequest"])
def test_desk_finds_raise_safety_concern_beside_the_person_and_the_request(client, model):
    request = make_request()
    client.force_login(staff("robin", Role.FRONT_DESK))
    pk = request.patient_id if model == "patient" else request.pk

    page = client.get(reverse(f"admin:intake_{model}_change", args=[pk])).content.decode()

    assert reverse("intake:raise_concern", args=[request.patient_id]) in page
