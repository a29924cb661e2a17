"""The words about crises have a reviewer in each language, or staff are told that they have none."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from clinic import crisis_review
from clinic.models import ClinicProfile, CrisisLine
from clinic.tests.admin_steps import profile_form, staff

pytestmark = pytest.mark.django_db
REVIEW = "Dr. Sol Harbor, medical director reviewed these lines on November 20, 2026."
NOBODY = "Nobody of the clinic has reviewed the Spanish words about crises yet."


def reviewed(code="en"):
    profile = ClinicProfile.current()
    setattr(profile, f"crisis_{code}_by", "Dr. Sol Harbor, medical director")
    setattr(profile, f"crisis_{code}_on", dt.date(2026, 11, 20))
    profile.save()
    crisis_review.remember(profile, [f"crisis_{code}_by", f"crisis_{code}_on"])
    return profile


def test_a_new_installation_claims_no_review(client):
    assert "reviewed" not in client.get("/safety/").text
    assert len(crisis_review.missing(ClinicProfile.current())) == 2


def test_each_language_names_its_own_reviewer(client):
    reviewed("en")

    assert REVIEW in client.get("/safety/?lang=en").text
    assert "Dr. Sol Harbor" not in client.get("/safety/?lang=es").text
    assert crisis_review.missing(ClinicProfile.current()) == [NOBODY]


@pytest.mark.parametrize("change", [{"what_to_do": "Call, any time"}, {"call": "6125550142"}])
def test_a_review_ends_when_the_words_change(client, change):
    profile = reviewed("en")
    line = profile.crisis_lines.first()
    for name, value in change.items():
        setattr(line, name, value)
    line.save()

    assert "Dr. Sol Harbor" not in client.get("/safety/").text
    assert crisis_review.missing(profile)[0] == "The English words about crises were changed after their review."


def test_a_review_ends_with_a_line_taken_away_or_added():
    profile = reviewed("es")
    CrisisLine.objects.create(profile=profile, position=9, name="County", what_to_do="Call", call="6125550142")

    assert crisis_review.review_of(profile, profile.crisis_lines.all(), "es") is None


def test_spanish_words_are_not_english_ones():
    profile = reviewed("en")
    line = profile.crisis_lines.first()
    line.what_to_do_es = "Llame a cualquier hora"
    line.save()

    assert crisis_review.review_of(profile, profile.crisis_lines.all(), "en") is not None


@pytest.mark.parametrize(("by", "on"), [("Dr. Sol Harbor", None), ("", dt.date(2026, 11, 20))])
def test_half_a_review_is_refused(by, on):
    with pytest.raises(ValidationError, match="or neither"):
        ClinicProfile(crisis_es_by=by, crisis_es_on=on).clean()


def test_a_review_to_come_is_refused():
    with pytest.raises(ValidationError, match="still to come"):
        ClinicProfile(crisis_es_by="Dr. Sol Harbor", crisis_es_on=timezone.localdate() + dt.timedelta(days=2)).clean()


class TestStaffPages:
    @pytest.fixture(autouse=True)
    def manager(self, client):
        client.force_login(staff("manager@clinic.example", "Manager"))

    def test_the_clinic_enters_a_review_and_it_holds_for_the_lines_of_that_moment(self, client):
        sent = profile_form(client) | {"crisis_es_by": "Dr. Sol Harbor", "crisis_es_on": "2026-11-20"}
        sent |= {"crisis_lines-0-what_to_do_es": "Llame al 988 y oprima 2"}

        response = client.post(reverse("admin:clinic_clinicprofile_change", args=[1]), sent)

        assert response.status_code == 302
        assert "Dr. Sol Harbor revisó estas líneas el 20 de noviembre de 2026." in client.get("/safety/?lang=es").text

    def test_the_profile_says_what_is_missing(self, client):
        assert NOBODY in client.get(reverse("admin:clinic_clinicprofile_change", args=[1])).text

    def test_the_desk_says_what_is_missing(self, client):
        page = client.get(reverse("intake:safety"))

        assert NOBODY in page.text
