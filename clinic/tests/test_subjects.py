import uuid

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from clinic import subjects
from clinic.access import subject_ref
from clinic.models import User
from clinic.roles import Role
from intake.services import ask_for_call
from intake.tests.factories import make_request


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        ("intake.request", "/admin/intake/consultationrequest/{}/change/"),
        ("scheduling.appointment", "/admin/scheduling/appointment/{}/change/"),
    ],
)
def test_subject_of_each_desk_leads_to_its_page(kind, page):
    object_id = uuid.UUID(int=7)

    assert subjects.page_of(subject_ref(kind, object_id)) == page.format(object_id)


@pytest.mark.parametrize("ref", ["unknown:1", "intake.request", "intake.request:", ""])
def test_subject_without_a_page_has_no_link(ref):
    assert subjects.page_of(ref) == ""


@pytest.mark.django_db
def test_tasks_messages_and_consents_are_found_by_name_and_reference(client):
    user = User.objects.create_user("desk@clinic.example", "x")
    user.groups.add(Group.objects.get(name=Role.FRONT_DESK))
    client.force_login(user)
    wanted = make_request(name="Zoë Núñez")
    make_request(name="Alex", phone="+16515550199")
    ask_for_call(request=wanted)

    found = {
        (page, term): {
            row.subject_ref
            for row in client.get(reverse(f"admin:{page}_changelist"), {"q": term}).context["cl"].result_list
        }
        for page in ("clinic_desktask", "notifications_message", "notifications_consent")
        for term in ("zoe nunez", wanted.reference, "nobody")
    }

    ref = f"intake.request:{wanted.pk}"
    assert found == {key: set() if key[1] == "nobody" else {ref} for key in found}


@pytest.mark.django_db
def test_message_leads_to_what_it_is_about(admin_client):
    request = make_request()

    page = admin_client.get(reverse("admin:notifications_message_changelist")).text

    assert f'href="/admin/intake/consultationrequest/{request.pk}/change/"' in page
