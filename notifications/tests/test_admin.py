import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import links, roles
from clinic.models import User
from notifications import delivery
from notifications.models import Channel, Consent, DeliveryEvent, InboundMessage, Message
from notifications.tests.factories import waiting

pytestmark = pytest.mark.django_db
MODELS = ("message", "consent", "deliveryevent", "inboundmessage")


@pytest.fixture
def staff(client):
    user = User.objects.create_user("desk@clinic.example", "x")
    user.groups.add(*roles.Group.objects.filter(name="Front desk"))
    client.force_login(user)
    return client


def rows(number):
    standing = Message.objects.count()
    for count in range(standing, standing + number):
        message = waiting(Channel.EMAIL, occurrence=str(count))
        delivery.deliver(message.pk)
        DeliveryEvent.objects.create(message=message, status="sent")
        InboundMessage.objects.create(provider_id=f"SM{count}", address="+16125550123", body="hello")


@pytest.mark.parametrize("model", MODELS)
def test_lists_read_a_constant_number_of_queries(staff, model):
    counts = []
    for number in (1, 3):
        rows(number)
        staff.get(reverse(f"admin:notifications_{model}_changelist"))  # fills the caches of a first look
        with CaptureQueriesContext(connection) as seen:
            response = staff.get(reverse(f"admin:notifications_{model}_changelist"))
        counts.append((response.status_code, len(seen)))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("model", MODELS)
def test_nothing_can_be_added_changed_or_deleted(staff, model):
    rows(1)
    row = {"message": Message, "consent": Consent, "deliveryevent": DeliveryEvent, "inboundmessage": InboundMessage}[
        model
    ].objects.first()
    change = reverse(f"admin:notifications_{model}_change", args=[row.pk])

    answers = [
        staff.get(reverse(f"admin:notifications_{model}_add")).status_code,
        staff.get(change).status_code,
        staff.post(change, {"state": "sent"}).status_code,
        staff.post(reverse(f"admin:notifications_{model}_delete", args=[row.pk])).status_code,
    ]

    assert answers == [403, 200, 403, 403]


def test_message_page_masks_the_private_link(staff):
    message = waiting(Channel.EMAIL)
    delivery.deliver(message.pk)
    token = links.token_for("unsubscribe", message.pk)

    page = staff.get(reverse("admin:notifications_message_change", args=[message.pk])).content.decode()

    assert (token in page, "[private link: unsubscribe]" in page) == (False, True)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("(612) 555-0123", 1),
        ("612.555.0123", 1),
        ("+16125550123", 1),
        ("555-0123", 1),
        ("555-0199", 0),
        ("12345678-1234-1234-1234-123456789abc", 0),
        ("Sam@Patient.example", 1),
        ("patient.example", 1),
        ("test.thing:1", 2),
        ("nobody", 0),
    ],
)
def test_search_takes_addresses_as_people_write_them(staff, typed, found):
    waiting()
    waiting(Channel.EMAIL)

    response = staff.get(reverse("admin:notifications_message_changelist"), {"q": typed})

    assert response.context["cl"].result_count == found


def test_messages_are_narrowed_by_kind_without_reading_every_row(staff):
    wanted = waiting()
    path = reverse("admin:notifications_message_changelist")

    with CaptureQueriesContext(connection) as seen:
        found = [
            [row.pk for row in staff.get(path, {"kind": name}).context["cl"].result_list]
            for name in ("note", "help_reply")
        ]

    assert found == [[wanted.pk], []]
    assert [query["sql"] for query in seen if "DISTINCT" in query["sql"]] == []


def test_person_without_a_role_sees_nothing(client):
    client.force_login(User.objects.create_user("new@clinic.example", "x"))

    assert client.get(reverse("admin:notifications_message_changelist")).status_code == 403
