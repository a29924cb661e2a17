import pytest
import time_machine
from django.urls import reverse

from clinic.models import AccessEvent, ContentPage, DeskTask
from clinic.roles import Role
from intake.models import ConsultationRequest, Patient
from notifications import consent
from notifications.models import Channel, Consent, Message
from scheduling.models import Appointment
from scheduling.tests.admin_steps import staff
from scheduling.tests.desk_steps import PHONE, a_call
from scheduling.tests.factories import NOW, another_request, at, make_type, make_visit
from scheduling.views.offers import value_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def kind(clinician):
    return make_type([clinician], minimum_notice=60)


def book(client, kind, **changes):
    return client.post(PHONE, a_call(kind, **{"start": value_of(at(10)), "book": "1", **changes}))


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.FRONT_DESK, 200),
        (Role.MANAGER, 200),
        (Role.CLINICIAN, 403),
        (Role.MEDICAL_DIRECTOR, 403),
        (Role.AUDITOR, 403),
    ],
)
def test_only_those_who_book_open_the_page(client, kind, role, status):
    staff(client, role)

    assert (client.get(PHONE).status_code, client.post(PHONE, {}).status_code) == (status, status)


def test_call_of_somebody_new_is_booked_in_one_step_with_verbal_consent(client, desk, kind):
    answer = book(client, kind)

    visit = Appointment.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/admin/desk/visits/{visit.pk}/")
    assert (visit.starts_at, visit.patient.name, str(visit.patient.phone)) == (at(10), "Robin Example", "+16125550177")
    line = Consent.objects.get()
    assert (line.source, line.actor, line.evidence, line.page) == ("staff", desk, "Said: Yes please", PHONE)
    assert line.wording in client.get(PHONE).content.decode().replace("&#x27;", "'")
    assert [(event.event, event.source, event.made_by) for event in visit.events.all()] == [("booked", "staff", desk)]
    assert list(Message.objects.values_list("kind", "channel")) == [("scheduling.booked", "sms")]


def test_page_tells_what_to_say_when_no_message_goes_out(client, desk, kind):
    answer = client.post(
        PHONE, a_call(kind, start=value_of(at(10)), book="1", sms_answer="no", sms_said=""), follow=True
    )

    assert "No message goes out: tell them the time now." in answer.content.decode()


def test_same_page_sent_twice_is_one_visit(client, desk, kind):
    call = a_call(kind, start=value_of(at(10)), book="1", person="new")

    answers = [client.post(PHONE, call) for _time in range(2)]

    assert {answer["Location"] for answer in answers} == {f"/admin/desk/visits/{Appointment.objects.get().pk}/"}
    assert ConsultationRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"name": ""}, "Ask for the name to use"),
        ({"phone": "", "sms_answer": ""}, "Ask for a phone number, or for an e-mail address"),
        ({"phone": "12"}, "Check how many digits"),
        ({"for_whom": ""}, "Ask who this is for"),
        ({"for_whom": "under_18"}, "We see people who are 18 or older"),
        ({"for_whom": "someone_else"}, "The person who would come has to ask"),
        ({"state": "elsewhere"}, "Our clinicians can only see people who are in Minnesota"),
        ({"sms_said": ""}, "Write what they said when you read the words about texts"),
        ({"email_answer": "yes", "email_said": "ok"}, "They agreed to e-mail: ask where we send them"),
        ({"phone": "612-555-0177 ext 5"}, "Texts cannot reach an extension"),
        ({"start": ""}, "Choose a time, or type a day and a time"),
        ({"start": "tomorrow"}, "Choose one of the times"),
        ({"start": "free", "free_day": "soon"}, "Enter the day as 2026-12-31"),
        ({"start": "free", "free_day": "2027-03-14", "free_time": "02:30"}, "this time does not exist"),
        ({"start": "now"}, "Choose who sees them now"),
        ({"person": "patient:nobody"}, "Choose the person again"),
        ({"waive": "gravity"}, "is not one of the available choices"),
    ],
)
def test_page_says_what_is_missing_keeps_what_was_typed_and_writes_nothing(client, desk, kind, changes, text):
    answer = book(client, kind, **changes)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert text in page or "waive" in changes
    assert 'value="Robin Example"' in page or "name" in changes
    assert (Appointment.objects.count(), Patient.objects.count(), Consent.objects.count()) == (0, 0, 0)


def test_known_number_or_name_is_shown_instead_of_making_a_second_person(client, desk, kind):
    known = another_request(name="Róbin EXAMPLE").patient

    answer = book(client, kind)

    assert answer.status_code == 409
    assert f'value="patient:{known.pk}"' in answer.content.decode()
    assert Patient.objects.count() == 1

    assert book(client, kind, person=f"patient:{known.pk}").status_code == 303
    assert (Appointment.objects.get().patient, Patient.objects.count()) == (known, 1)


def test_somebody_new_after_all_becomes_a_person_of_their_own(client, desk, kind):
    another_request(name="Robin Example")

    assert book(client, kind, person="new").status_code == 303
    assert Patient.objects.count() == 2


def test_open_request_is_booked_as_it_stands(client, desk, kind):
    asker = another_request()

    answer = client.post(
        PHONE, {"person": f"request:{asker.pk}", "kind": str(kind.pk), "start": value_of(at(10)), "book": "1"}
    )

    assert answer.status_code == 303
    assert Appointment.objects.get().request == asker
    assert ConsultationRequest.objects.count() == 1


def test_request_that_has_a_visit_leads_there(client, desk, kind, clinician):
    visit = make_visit(clinician, kind, at(9))

    answer = client.post(
        PHONE, {"person": f"request:{visit.request_id}", "kind": str(kind.pk), "start": value_of(at(10)), "book": "1"}
    )

    assert answer["Location"] == f"/admin/desk/visits/{visit.pk}/"


@pytest.mark.parametrize("term", ["612.555.0142", "NUNEZ", "zoe@person.example", None])
def test_search_finds_people_in_any_writing_is_recorded_and_keeps_what_was_typed(client, desk, kind, term):
    asker = another_request(name="Zoë Núñez", phone="+16125550142", email="zoe@person.example")

    answer = client.post(PHONE, a_call(kind, term=term or asker.reference.lower(), find="1"))

    page = answer.content.decode()
    assert f'value="request:{asker.pk}"' in page
    assert 'value="Robin Example"' in page
    assert list(AccessEvent.objects.values_list("action", "subject_ref", "by")) == [
        ("search", "intake.patient:search", desk.pk)
    ]


def test_use_fills_the_boxes_that_are_empty(client, desk, kind):
    known = another_request(name="Zoë Núñez").patient

    answer = client.post(PHONE, a_call(kind, name="", email="", person=f"patient:{known.pk}", use="1"))

    page = answer.content.decode()
    assert 'value="Zoë Núñez"' in page
    assert f'value="{known.email}"' in page
    assert 'value="(612) 555-0177"' in page


def test_unusual_time_asks_for_each_waiver_then_books(client, desk, kind, clinician):
    typed = {"start": "free", "free_day": "2026-12-01", "free_time": "18:00", "clinician": str(clinician.pk)}

    asked = book(client, kind, **typed)
    booked = book(client, kind, **typed, waive=["hours"])

    assert asked.status_code == 409
    assert 'name="waive" value="hours"' in asked.content.decode()
    assert booked.status_code == 303
    assert Appointment.objects.get().events.get().reason == "Waived: hours"


def test_time_taken_meanwhile_offers_the_nearest_and_writes_nothing(client, desk, kind, clinician):
    make_visit(clinician, kind, at(10))
    before = Patient.objects.count()

    answer = book(client, kind)

    assert answer.status_code == 409
    assert "That time was just taken." in answer.content.decode()
    assert Patient.objects.count() == before


def test_overbooking_takes_a_reason_in_the_page(client, desk, kind, clinician):
    make_visit(clinician, kind, at(10))
    over = {"clinician": str(clinician.pk), "waive": ["clinician_busy"]}

    without = book(client, kind, **over)
    with_one = book(client, kind, **over, reason="Doctor agreed")

    assert (without.status_code, with_one.status_code) == (409, 303)
    assert "Why it goes over another visit" in without.content.decode()
    assert Appointment.objects.filter(is_overbooked=True).count() == 1


def test_walk_in_starts_now_and_has_arrived(client, desk, kind, clinician):
    call = a_call(kind, start="now", clinician=str(clinician.pk), book="1")

    answers = [client.post(PHONE, call) for _time in range(2)]

    visit = Appointment.objects.get()
    assert (visit.starts_at, visit.status) == (NOW, "arrived")
    assert {answer.status_code for answer in answers} == {303}


def test_call_without_a_time_is_kept_with_the_letter_or_a_promised_call(client, desk, kind):
    with_letter = client.post(PHONE, a_call(kind, keep="1"))
    without = client.post(
        PHONE, a_call(kind, name="Lee Example", phone="612-555-0178", sms_answer="no", sms_said="", keep="1")
    )

    assert (with_letter.status_code, without.status_code) == (303, 303)
    assert list(Message.objects.values_list("kind", flat=True)) == ["intake.request_received"]
    assert DeskTask.objects.filter(kind=DeskTask.Kind.CALL_BACK).count() == 1


def test_phone_that_sent_stop_is_pointed_out(client, desk, kind):
    consent.revoke(channel=Channel.SMS, address="+16125550177", source=Consent.Source.KEYWORD)

    page = client.post(PHONE, a_call(kind, times="1")).content.decode()

    assert "This phone sent STOP" in page


@pytest.mark.parametrize("rows", [1, 12])
def test_page_asks_the_database_as_often_with_more_people_and_visits(
    client, desk, kind, clinician, rows, django_assert_num_queries
):
    for number in range(rows):
        make_visit(clinician, kind, at(8, number * 5), is_overbooked=True)

    with django_assert_num_queries(25):
        client.post(PHONE, a_call(kind, term="person", find="1"))


def test_replayed_form_with_other_answers_says_so(client, desk, kind):
    call = a_call(kind, start=value_of(at(10)), book="1", person="new")
    client.post(PHONE, call)

    answer = client.post(PHONE, {**call, "name": "Other Name"})

    assert answer.status_code == 409
    assert "was kept before, with other answers" in answer.content.decode()


def test_answers_about_cost_and_insurance_stand_beside_the_call_as_the_clinic_wrote_them(client, desk, kind):
    shipped = client.get(PHONE).content.decode()
    ContentPage.objects.create(
        slug="cost", title="Costs", lede="A visit costs **40 pesos**.", body="<script>x</script>"
    )
    ContentPage.objects.create(slug="faq", title="Questions", body="## Does insurance pay?\n\nCall us: {phone}.")

    html = client.get(PHONE).content.decode()

    assert ("We ask for no card" in shipped, "Does insurance pay?" in shipped) == (True, True)
    assert ("<strong>40 pesos</strong>" in html, "<script>x" in html, "{phone}" in html) == (True, False, False)
    assert "Change these answers" not in html
    staff(client, Role.MANAGER)
    assert reverse("admin:clinic_contentpage_changelist") in client.get(PHONE).content.decode()


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.MANAGER])
def test_key_n_has_its_link_on_every_staff_page_of_who_books(client, kind, role):
    staff(client, role)

    for page in ("admin:index", "scheduling:desk_reports", "scheduling:desk_search"):
        html = client.get(reverse(page), follow=True).content.decode()
        assert (f'<a href="{PHONE}" data-key="n"' in html, "js/desk.js" in html) == (True, True)
