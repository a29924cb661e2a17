import pytest

from intake.models import Patient
from intake.search_keys import email_key, name_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("  Zoë   NÚÑEZ ", "zoe nunez"),
        ("Straße", "strasse"),
        ("\uff33\uff21\uff2d", "sam"),
        ("Sa\u200dm", "sam"),
        ("سام", "سام"),
        ("🙂", "🙂"),
    ],
)
def test_name_key_forgets_case_accents_and_unseen_characters(name, key):
    assert name_key(name) == key


def test_email_key_keeps_accents():
    assert email_key(" Sam@Bücher.example ") == "sam@bücher.example"


@pytest.mark.django_db
def test_patient_keys_follow_on_save_and_bulk_insert():
    Patient.objects.bulk_create([Patient(name="Zoë", email="ZOE@person.example")])
    patient = Patient.objects.get()
    first = (patient.name_search, patient.email_search)

    patient.name = "Åsa"
    patient.save()

    patient.refresh_from_db()
    assert (first, patient.name_search) == (("zoe", "zoe@person.example"), "asa")


@pytest.mark.django_db
def test_patient_key_of_a_name_that_grows_fits_its_column():
    patient = Patient.objects.create(name="\ufdfa" * 120)

    assert len(patient.name_search) == 254
