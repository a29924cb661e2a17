import pytest
from django.urls import reverse

from clinic import roles
from clinic.models import User
from clinic.roles import Role
from intake.models import PossibleMatch
from intake.tests.factories import make_request

pytestmark = pytest.mark.django_db


@pytest.fixture
def log_in(client, settings):
    settings.STAFF_MFA = "optional"

    def log_in_as(role):
        user = User.objects.create_user("staff@clinic.example", "x")
        user.groups.add(roles.Group.objects.get(name=role.value))
        client.force_login(user)
        return client

    return log_in_as


@pytest.fixture
def desk(log_in):
    return log_in(Role.FRONT_DESK)


def list_of(model, term=""):
    return f"{reverse(f'admin:intake_{model}_changelist')}{'?q=' if term else ''}{term}"


def shown(response):
    return [row.pk for row in response.context["cl"].result_list]


@pytest.mark.parametrize("model", ["patient", "consultationrequest"])
@pytest.mark.parametrize(
    "term",
    ["(612) 555-0142", "6125550142", "%2B1 612 555 0142", "612.555.0142", "0142", "555-0142", "zoe nunez", "NÚÑEZ",
     "ZOE@PERSON.example", "person.example"],
)  # fmt: skip
def test_search_finds_by_phone_email_and_name(desk, model, term):
    wanted = make_request(name="Zoë Núñez", email="zoe@person.example")
    make_request(name="Alex", phone="+16515550199", email="alex@other.example")

    response = desk.get(list_of(model, term))

    assert shown(response) == [wanted.patient_id if model == "patient" else wanted.id]


def test_search_finds_a_request_by_its_reference(desk):
    wanted = make_request()
    make_request(name="Alex")

    assert shown(desk.get(list_of("consultationrequest", wanted.reference.lower()))) == [wanted.id]


def test_search_finds_a_possible_match_by_either_name(desk):
    make_request(name="Zoë Known")
    make_request(name="Alex New")
    match = PossibleMatch.objects.get()

    found = {term: shown(desk.get(list_of("possiblematch", term))) for term in ("ZOE", "alex", "0142", "nobody")}

    assert found == {"ZOE": [match.pk], "alex": [match.pk], "0142": [match.pk], "nobody": []}


def test_search_for_nothing_known_finds_nothing(desk):
    make_request()

    assert shown(desk.get(list_of("patient", "nobody"))) == []
