import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import roles
from clinic.models import AccessEvent, DeskTask, User
from clinic.roles import Role
from intake.models import ConsultationRequest, Patient, PossibleMatch
from intake.services import close_request
from intake.tests.factories import make_request

pytestmark = pytest.mark.django_db

MODELS = ("patient", "consultationrequest", "possiblematch")


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


def change_of(row):
    return reverse(f"admin:intake_{row._meta.model_name}_change", args=[row.pk])


def shown(response):
    return [row.pk for row in response.context["cl"].result_list]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("term", ["", "sam"])
def test_list_reads_a_constant_number_of_queries(desk, model, term):
    counts = []
    for names in (("Sam", "Sam Alex"), ("Sam Kim", "Sam Jo", "Sam Bo")):
        for name in names:
            make_request(name=name)
        desk.get(list_of(model, term))  # fills the caches of a first look
        with CaptureQueriesContext(connection) as seen:
            response = desk.get(list_of(model, term))
        counts.append((response.status_code, len(seen)))

    assert counts[0] == counts[1]


def test_request_page_reads_a_constant_number_of_queries(desk):
    counts = []
    first = make_request(name="Alex")
    for names in (("Kim",), ("Jo", "Bo")):
        for name in names:
            make_request(name=name)
        newest = make_request(name=f"Newest {names}")
        desk.get(change_of(first))
        with CaptureQueriesContext(connection) as seen:
            desk.get(change_of(newest))
        counts.append(len(seen))

    assert counts[0] == counts[1]


def test_request_list_is_the_queue_of_open_ones_first_promised_first(desk):
    late, soon, closed = (make_request(name=name) for name in ("Late", "Soon", "Closed"))
    ConsultationRequest.objects.filter(pk=late.pk).update(answer_promised_by=late.answer_promised_by + dt.timedelta(1))
    close_request(request=closed, reason="Reached")
    path = list_of("consultationrequest")

    lists = {show: shown(desk.get(path, {"show": show} if show else {})) for show in ("", "closed", "all")}

    assert lists[""] == [soon.pk, late.pk]
    assert lists["closed"] == [closed.pk]
    assert lists["all"] == [closed.pk, soon.pk, late.pk]
    assert shown(desk.get(list_of("consultationrequest", closed.reference))) == [closed.pk]


def _close(client, *requests, reason=""):
    sent = {"action": "close", "_selected_action": [request.pk for request in requests], "reason": reason}
    return client.post(list_of("consultationrequest"), sent, follow=True)


def test_requests_are_closed_with_a_reason(desk):
    one, other = make_request(sms_consent=False), make_request(name="Alex")

    answer = _close(desk, one, other, reason=" Reached by phone ")

    one.refresh_from_db()
    assert "2 closed." in answer.text
    assert (one.status, one.close_reason, one.closed_by.email) == ("closed", "Reached by phone", "staff@clinic.example")
    assert not DeskTask.objects.filter(kind=DeskTask.Kind.CALL_BACK, closed_at=None).exists()


def test_request_that_somebody_closed_meanwhile_is_named_and_keeps_the_first_reason(desk):
    rows = [make_request(name="First"), make_request(name="Second")]
    close_request(request=rows[0], reason="Booked elsewhere")

    answer = _close(desk, *rows, reason="Not reached")

    assert f"Not closed: {rows[0].reference}. The system closed it already: Booked elsewhere" in answer.text
    assert "1 closed." in answer.text


def test_request_is_not_closed_without_a_reason(desk):
    request = make_request()

    answer = _close(desk, request)

    request.refresh_from_db()
    assert "Write why" in answer.text
    assert request.status == "open"


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.MEDICAL_DIRECTOR, Role.AUDITOR])
def test_request_is_not_closed_by_those_who_only_read(log_in, role):
    request = make_request()

    _close(log_in(role), request, reason="Reached")

    request.refresh_from_db()
    assert request.status == "open"


def test_request_list_shows_age_promise_and_contact_safety(desk):
    with time_machine.travel("2026-11-02 16:00Z", tick=False):
        make_request(discreet=True, best_time="evening", phone_extension="5", sms_consent=False)
        closed = make_request(name="Alex", voicemail_ok=True)
        close_request(request=closed, reason="Reached")
    ConsultationRequest.objects.update(answer_promised_by=dt.datetime(2026, 11, 2, 20, tzinfo=dt.UTC))

    with time_machine.travel("2026-11-02 22:00Z", tick=False):
        late = desk.get(f"{list_of('consultationrequest')}?show=all").content.decode().replace("\xa0", " ")
    with time_machine.travel("2026-11-02 18:00Z", tick=False):
        early = desk.get(list_of("consultationrequest")).content.decode().replace("\xa0", " ")

    for words in (
        "6 hours",
        "late by 2 hours",
        "NO voicemail · discreet messages · call in the evening",
        "voicemail is fine",
        "(612) 555-0142 ext. 5",
    ):
        assert words in late
    assert "in 2 hours" in early


def test_request_page_shows_the_words_escaped_and_changes_nothing(desk):
    request = make_request(name="سام", message="One <b>line</b>\nand another", help_with=("ptsd", "not_sure"))
    before = ConsultationRequest.objects.values().get()

    page = desk.get(change_of(request)).content.decode()
    answer = desk.post(change_of(request), {"name": "Changed", "status": "closed"})

    assert "<bdi>One &lt;b&gt;line&lt;/b&gt;</bdi><br><bdi>and another</bdi>" in page
    assert "PTSD, I&#x27;m not sure" in page
    assert answer.status_code == 403
    assert ConsultationRequest.objects.values().get() == before


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_added_or_deleted(desk, model):
    make_request()
    make_request(name="Alex")
    row = {"patient": Patient, "consultationrequest": ConsultationRequest, "possiblematch": PossibleMatch}[
        model
    ].objects.first()

    assert [
        desk.get(reverse(f"admin:intake_{model}_add")).status_code,
        desk.post(reverse(f"admin:intake_{model}_delete", args=[row.pk])).status_code,
        "delete_selected" in desk.get(list_of(model)).content.decode(),
    ] == [403, 403, False]


def test_patient_is_changed_by_the_desk_and_stays_findable(desk):
    patient = make_request().patient
    typed = {"name": "Åsa", "phone": "612-555-0150", "email": "asa@person.example", "language": "en",
             "date_of_birth": "1990-12-31", "emergency_contact": "Kim, 612-555-0151"}  # fmt: skip

    response = desk.post(change_of(patient), typed)

    patient.refresh_from_db()
    assert response.status_code == 302
    assert (patient.name_search, str(patient.phone), patient.date_of_birth, patient.emergency_contact) == (
        "asa",
        "+16125550150",
        dt.date(1990, 12, 31),
        "Kim, 612-555-0151",
    )


def test_patient_with_a_wrong_date_of_birth_is_not_changed(desk):
    patient = make_request().patient

    response = desk.post(change_of(patient), {"name": "Sam", "language": "en", "date_of_birth": "31.12."})

    patient.refresh_from_db()
    assert (response.status_code, patient.name, patient.date_of_birth) == (200, "Sam Example", None)


def test_patient_list_tells_no_date_of_birth_and_no_emergency_contact(desk):
    patient = make_request().patient
    patient.date_of_birth, patient.emergency_contact = dt.date(1990, 12, 31), "Kim Emergency"
    patient.save()

    page = desk.get(list_of("patient")).content.decode()

    assert ("1990" in page, "Kim Emergency" in page) == (False, False)


def test_match_when_decided_names_who_decided_and_closes_the_task(desk):
    make_request()
    make_request(name="Alex")
    match = PossibleMatch.objects.get()

    response = desk.post(change_of(match), {"verdict": "different"})

    match.refresh_from_db()
    assert (response.status_code, match.verdict, match.decided_by.email) == (302, "different", "staff@clinic.example")
    assert DeskTask.objects.get().outcome == "Decided"


def test_match_when_left_open_keeps_the_task(desk):
    make_request()
    make_request(name="Alex")
    match = PossibleMatch.objects.get()

    desk.post(change_of(match), {"verdict": "open"})

    match.refresh_from_db()
    assert (match.decided_by, DeskTask.objects.get().closed_at) == (None, None)


def test_each_opened_record_and_each_search_is_written_down(desk):
    request = make_request()

    desk.get(change_of(request))
    desk.get(change_of(request.patient))
    desk.get(list_of("patient", "sam"))
    desk.get(list_of("patient"))

    assert list(AccessEvent.objects.order_by("id").values_list("by__email", "action", "subject_ref")) == [
        ("staff@clinic.example", "read", f"intake.request:{request.id}"),
        ("staff@clinic.example", "read", f"intake.patient:{request.patient_id}"),
        ("staff@clinic.example", "search", "intake.patient:search"),
    ]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("model", MODELS)
def test_every_role_reads_and_only_desk_and_managers_write(log_in, role, model):
    make_request()
    make_request(name="Alex")
    row = {"patient": Patient, "consultationrequest": ConsultationRequest, "possiblematch": PossibleMatch}[
        model
    ].objects.first()
    client = log_in(role)

    reads = [client.get(list_of(model)).status_code, client.get(change_of(row)).status_code]
    writes = client.post(change_of(row), {"verdict": "same", "name": "Sam", "language": "en"}).status_code

    may_write = role in {Role.FRONT_DESK, Role.MANAGER} and model != "consultationrequest"
    assert (reads, writes) == ([200, 200], 302 if may_write else 403)


@pytest.mark.parametrize("model", MODELS)
def test_without_a_login_nothing_is_shown(client, model):
    assert client.get(list_of(model)).status_code == 302
