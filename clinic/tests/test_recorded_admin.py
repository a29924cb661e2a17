import re
from html import unescape

import pytest
from django.contrib import admin
from django.urls import reverse

from clinic import roles
from clinic.admin_base import OwnFiltersAdmin
from clinic.models import AccessEvent, User
from intake.tests.factories import make_request
from notifications.models import Consent, InboundMessage, Message

pytestmark = pytest.mark.django_db
PERSONAL = (
    "intake_patient", "intake_consultationrequest", "intake_possiblematch", "scheduling_appointment",
    "notifications_message", "notifications_consent", "notifications_deliveryevent", "notifications_inboundmessage",
    "clinic_desktask",
)  # fmt: skip


@pytest.fixture
def desk(client):
    user = User.objects.create_user("desk@clinic.example", "x")
    user.groups.add(roles.Group.objects.get(name=roles.Role.FRONT_DESK.value))
    client.force_login(user)
    return client


@pytest.fixture
def administrator(client):
    client.force_login(User.objects.create_superuser("admin@clinic.example", "x"))
    return client


def list_of(name):
    return reverse(f"admin:{name}_changelist")


def written():
    return list(AccessEvent.objects.order_by("id").values_list("action", "subject_ref"))


@pytest.mark.parametrize("name", PERSONAL)
def test_search_in_any_table_about_people_is_written_down(desk, name):
    page = desk.get(list_of(name), {"q": "612-555-0142"})

    kind = "intake.request" if name == "intake_consultationrequest" else name.replace("_", ".")
    assert (page.status_code, written()) == (200, [("search", f"{kind}:search")])


def test_opening_messages_consents_and_texts_is_written_down(desk):
    request = make_request(sms_consent=True)
    text = InboundMessage.objects.create(provider_id="SM1", address="+16125550142", body="hello")
    rows = [Message.objects.get(channel="sms"), Consent.objects.get(channel="sms"), text]

    for row in rows:
        desk.get(reverse(f"admin:notifications_{row._meta.model_name}_change", args=[row.pk]))

    assert request.phone
    assert written() == [("read", f"notifications.{row._meta.model_name}:{row.pk}") for row in rows]


def test_form_that_comes_back_with_errors_shows_the_record_and_is_written_down(desk):
    patient = make_request().patient

    desk.post(reverse("admin:intake_patient_change", args=[patient.pk]), {"name": ""})

    assert written() == [("read", f"intake.patient:{patient.pk}")]


def test_search_that_is_not_allowed_is_not_written_down(client):
    client.force_login(User.objects.create_user("new@clinic.example", "x"))

    assert client.get(list_of("intake_patient"), {"q": "sam"}).status_code == 403
    assert written() == []


@pytest.mark.parametrize(
    "lookup",
    ["phone__contains", "name__regex", "email_search", "requests__reference__startswith", "language__iregex"],
)
def test_list_cannot_be_narrowed_by_other_columns(desk, lookup):
    assert desk.get(list_of("intake_patient"), {lookup: "6"}).status_code == 400


@pytest.mark.parametrize("model", list(admin.site._registry), ids=lambda model: model.__name__)
def test_every_list_keeps_to_its_own_filters(administrator, model):
    page = admin.site._registry[model]
    field = next(field.name for field in model._meta.fields if field.get_internal_type() != "ForeignKey")

    answer = administrator.get(list_of(f"{model._meta.app_label}_{model._meta.model_name}"), {f"{field}__regex": "a"})

    assert isinstance(page, OwnFiltersAdmin) or model._meta.model_name == "clinicprofile"
    assert answer.status_code == (302 if model._meta.model_name == "clinicprofile" else 400)


@pytest.mark.parametrize("name", PERSONAL)
def test_every_filter_shown_beside_a_list_works(administrator, name):
    make_request(sms_consent=True)
    page = administrator.get(list_of(name)).text
    links = {unescape(found) for found in re.findall(r'href="(\?[^"]*=[^"]*)"', page)}

    answers = {link: administrator.get(list_of(name) + link).status_code for link in links}

    assert answers == dict.fromkeys(links, 200)
