import pytest
import time_machine

from clinic.models import DeskTask
from scheduling.tests.factories import NOW, another_request
from scheduling.tests.time_steps import path_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def test_call_me_puts_one_call_on_the_desk_and_says_by_when(client, kind):
    asker = another_request()

    first = client.post(path_of(asker, "call_me"))
    second = client.post(path_of(asker, "call_me"))
    page = client.get(first.url).content.decode()

    assert (first.status_code, first.url, second.url) == (303, path_of(asker, "call_me"), path_of(asker, "call_me"))
    assert DeskTask.objects.filter(kind=DeskTask.Kind.CALL_BACK).count() == 1
    assert "We will call you" in page
    assert "Central Time" in page
    assert "A call is arranged" in client.get(path_of(asker)).content.decode()


def test_call_me_without_a_number_asks_for_one(client, kind):
    asker = another_request(phone="", sms_consent=False)

    listed = client.get(path_of(asker)).content.decode()
    empty = client.post(path_of(asker, "call_me"))
    wrong = client.post(path_of(asker, "call_me"), {"phone": "12"})
    right = client.post(path_of(asker, "call_me"), {"phone": "(612) 555-0188"})

    assert 'name="phone"' in listed
    assert [empty.status_code, wrong.status_code, right.status_code] == [422, 422, 303]
    assert 'value="12"' in wrong.content.decode()
    asker.refresh_from_db()
    assert str(asker.phone) == "+16125550188"


@pytest.mark.parametrize(
    ("number", "extension", "shown"),
    [
        ("+16125550142", "", "(612) 555-0142"),
        ("+16125550142", "12", "(612) 555-0142 ext. 12"),
        ("+442079460018", "", "+44 20 7946 0018"),
    ],
)
def test_call_me_names_the_number_as_it_will_be_dialled(client, kind, number, extension, shown):
    asker = another_request(phone=number, phone_extension=extension, sms_consent=False)

    page = client.get(path_of(asker, "call_me")).content.decode()

    assert f"we call {shown} by" in page
