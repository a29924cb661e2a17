from io import StringIO

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from clinic.models import ClinicProfile, CrisisLine
from clinic.plain_words import clinical_words, validate_message_brand
from clinic.profile_defaults import ensure_after_migrate, ensure_defaults
from clinic.tests.admin_steps import profile_form, staff

pytestmark = pytest.mark.django_db


def test_new_installation_shows_true_help_lines():
    lines = CrisisLine.objects.values_list("name", "call", "text")

    assert list(lines) == [
        ("988 Suicide & Crisis Lifeline", "988", "988"),
        ("Crisis Text Line", "", "741741"),
        ("Emergency", "911", ""),
    ]


def test_new_installation_has_opening_hours():
    rows = ClinicProfile.current().opening_hours.all()

    assert str(rows[0]) == "Monday 08:00-17:00"
    assert [row.weekday for row in rows] == [0, 1, 2, 3, 4]


def test_ensure_defaults_when_repeated_adds_nothing_and_keeps_edits():
    CrisisLine.objects.exclude(call="988").delete()

    profile = ensure_defaults()

    assert profile.crisis_lines.count() == 1
    assert profile.opening_hours.count() == 5


def test_ensure_defaults_makes_a_missing_profile():
    ClinicProfile.objects.all().delete()

    assert ensure_defaults().crisis_lines.count() == 3


@pytest.fixture
def live(settings):
    """A new database with DEBUG off."""
    settings.IS_LIVE = True
    ClinicProfile.objects.all().delete()
    ensure_after_migrate(app_config=list(apps.get_app_configs())[-1])
    return ClinicProfile.objects.get()


def test_new_live_installation_takes_no_requests_as_the_demo_clinic(live, client):
    assert live.booking_paused
    assert "We cannot take requests on this page" in client.get("/consultation/").content.decode()


@pytest.mark.parametrize(
    ("entered", "missing"),
    [
        ({}, "phone, email, address"),
        ({"phone": "+16125550100", "email": "care@lake.example", "address": "1 Lake Road"}, "phone"),
        (
            {"name": "Lake Clinic", "phone": "+16125550188", "email": "care@lake.example", "address": "1 Lake Road"},
            "legal name, message brand",
        ),
    ],
)
def test_booking_opens_only_under_the_clinics_own_name_and_numbers(live, entered, missing):
    for name, value in entered.items():
        setattr(live, name, value)
    live.booking_paused = False

    with pytest.raises(ValidationError, match=f"Enter your own {missing} first"):
        live.full_clean()


@pytest.mark.parametrize("names", [{}, {"name": "Lake Clinic", "legal_name": "Lake, LLC", "message_brand": "Lake"}])
def test_booking_opens_under_the_clinics_own_name_and_numbers(live, names):
    own = {"phone": "+16125550188", "email": "care@lake.example", "address": "1 Lake Road", "booking_paused": False}
    for name, value in (own | names).items():
        setattr(live, name, value)

    live.full_clean()


def test_staff_are_told_on_the_profile_what_is_missing_and_lose_nothing_typed(live, client):
    client.force_login(staff("manager@clinic.example", "Manager"))
    typed = {**profile_form(client), "phone": "(612) 555-0188"}
    del typed["booking_paused"]  # as a browser leaves out a box without a tick

    answer = client.post(reverse("admin:clinic_clinicprofile_change", args=[1]), typed)

    assert "Enter your own email, address first" in answer.text
    assert answer.context["adminform"].form["phone"].value() == "(612) 555-0188"
    assert ClinicProfile.current().booking_paused


def test_a_demo_installation_is_open(settings):
    settings.IS_LIVE = True
    ClinicProfile.objects.update(booking_paused=True)

    call_command("seed_demo", yes_demo=True, stdout=StringIO())

    assert not ClinicProfile.current().booking_paused


def test_second_profile_is_refused_by_the_database():
    with pytest.raises(IntegrityError), transaction.atomic():
        ClinicProfile.objects.create(pk=2)


@pytest.mark.parametrize("brand", ["Ketamine Center", "Twin Cities Depression Care", "MN Therapy", "Infusion Co"])
def test_message_brand_that_tells_the_treatment_is_refused(brand):
    with pytest.raises(ValidationError, match="locked phones"):
        validate_message_brand(brand)


@pytest.mark.parametrize("brand", ["Café Care", "Care\nCare", "Care 🙂", "Care`s"])
def test_message_brand_outside_the_sms_alphabet_is_refused(brand):
    with pytest.raises(ValidationError, match="plain letters"):
        validate_message_brand(brand)


@pytest.mark.parametrize("brand", ["MKWI Care", "Lake & Sons (MN)", "Dr. O'Neil"])
def test_message_brand_that_is_neutral_is_taken(brand):
    assert validate_message_brand(brand) is None


def test_clinical_words_finds_them_in_order():
    assert clinical_words("Your Ketamine visit, our therapists and the street") == ["ketamine", "therapists"]
