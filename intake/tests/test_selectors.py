import uuid

import pytest

from intake import selectors
from intake.models import ConsultationRequest
from intake.tests.factories import EMAIL, PHONE, make_request
from notifications.models import Channel

pytestmark = pytest.mark.django_db


def test_request_by_id_brings_the_patient(django_assert_num_queries):
    made = make_request()

    with django_assert_num_queries(1):
        found = selectors.request_by_id(made.id)
        assert (found, found.patient.name) == (made, "Sam Example")


def test_request_by_id_when_unknown_raises():
    with pytest.raises(ConsultationRequest.DoesNotExist):
        selectors.request_by_id(uuid.uuid4())


@pytest.mark.parametrize(
    ("changes", "addresses"),
    [
        ({}, [(Channel.SMS, PHONE), (Channel.EMAIL, EMAIL)]),
        ({"phone": "", "sms_consent": False}, [(Channel.EMAIL, EMAIL)]),
        ({"email": "", "email_consent": False}, [(Channel.SMS, PHONE)]),
        ({"phone_extension": "5", "sms_consent": False}, [(Channel.EMAIL, EMAIL)]),
    ],
)
def test_contact_addresses_are_those_that_can_be_written_to(changes, addresses):
    assert selectors.contact_addresses(make_request(**changes)) == addresses


def test_patients_sharing_nothing_is_nobody():
    make_request(phone="", sms_consent=False)

    assert selectors.patients_sharing(phone="", email="") == []


def test_patients_sharing_is_bounded():
    for number in range(22):
        make_request(name=f"P{number}")

    assert len(selectors.patients_sharing(phone=PHONE, email="")) == 20
