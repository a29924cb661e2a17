import datetime as dt
import uuid

import pytest
import time_machine

from clinic.models import DeskTask, PrivateLink
from intake.consultation import Evidence
from intake.errors import FormUsedError, NoPhoneError, PhoneKnownError, PhoneNumberError
from intake.models import ConsultationRequest, Patient, PossibleMatch
from intake.services import add_phone, ask_for_call, close_request, submit_consultation
from intake.tests.factories import EMAIL, PHONE, consultation, make_request
from notifications import consent
from notifications.models import Channel, Consent, Message

pytestmark = pytest.mark.django_db


def test_submit_keeps_request_consents_and_letters():
    evidence = Evidence(page="/consultation/", ip="192.0.2.7", user_agent="Phone")

    request = make_request(evidence=evidence, help_with=("anxiety",), message="Hello", discreet=True)

    assert (request.status, request.help_with, request.message) == ("open", ["anxiety"], "Hello")
    assert list(
        Consent.objects.order_by("id").values_list(
            "channel", "address", "status", "source", "page", "ip", "user_agent", "box_was_unticked", "subject_ref"
        )
    ) == [
        (
            channel,
            address,
            "granted",
            "web_form",
            "/consultation/",
            "192.0.2.7",
            "Phone",
            True,
            f"intake.request:{request.id}",
        )
        for channel, address in (("sms", PHONE), ("email", EMAIL))
    ]
    assert list(
        Message.objects.order_by("-channel").values_list("kind", "channel", "is_discreet", "answers_own_action")
    ) == [
        ("intake.request_received", "sms", True, True),
        ("intake.request_received", "email", True, True),
    ]
    assert DeskTask.objects.count() == 0
    assert PrivateLink.objects.count() == 0  # the transport makes the link, from the placeholder


def test_submit_when_nothing_ticked_promises_a_call():
    request = make_request(sms_consent=False, email_consent=False)

    task = DeskTask.objects.get()
    assert (task.kind, task.subject_ref) == ("call_back", f"intake.request:{request.id}")
    assert abs(task.due_at - request.answer_promised_by) < dt.timedelta(seconds=5)
    assert (Consent.objects.count(), Message.objects.count()) == (0, 0)


def test_submit_when_the_phone_once_said_stop_promises_a_call():
    consent.revoke(channel=Channel.SMS, address=PHONE, source=Consent.Source.KEYWORD)

    make_request(email="", email_consent=False)

    assert Message.objects.get().state == Message.State.SUPPRESSED  # kept, so that staff see why nothing was sent
    assert DeskTask.objects.get().kind == "call_back"


def test_submit_twice_with_the_same_words_leads_to_the_same_request():
    said = consultation()

    first = submit_consultation(said, evidence=Evidence())
    again = submit_consultation(said, evidence=Evidence())

    assert again == first
    assert (ConsultationRequest.objects.count(), Consent.objects.count(), Message.objects.count()) == (1, 2, 2)


def test_submit_with_a_used_key_and_other_words_is_refused():
    first = make_request(form_key=(key := uuid.uuid4()))

    with pytest.raises(FormUsedError) as caught:
        make_request(form_key=key, message="More")

    assert caught.value.request == first
    assert ConsultationRequest.objects.count() == 1


def test_submit_from_two_tabs_of_one_browser_makes_one_request():
    browser = Evidence(sender="tab")

    first = make_request(evidence=browser)
    second = make_request(evidence=browser)

    assert second == first
    assert ConsultationRequest.objects.count() == 1


@pytest.mark.parametrize("sender", ["", "other"])
def test_submit_with_the_same_words_from_elsewhere_is_another_request(sender):
    first = make_request(evidence=Evidence(sender="tab" if sender else ""))

    second = make_request(evidence=Evidence(sender=sender))

    assert second != first


def test_submit_again_after_two_days_is_another_request():
    with time_machine.travel("2026-11-01 12:00Z", tick=False):
        first = make_request(evidence=Evidence(sender="tab"))
    with time_machine.travel("2026-11-03 12:00Z", tick=False):
        second = make_request(evidence=Evidence(sender="tab"))

    assert second != first


@pytest.mark.parametrize(
    ("known", "sent"),
    [
        ({"name": "Zoë Núñez"}, {"name": " zoe  NUNEZ", "email": "new@person.example"}),
        ({"email": "SAM@person.example"}, {"phone": "+16125550177"}),
    ],
)
def test_submit_by_a_known_person_links_the_patient_and_changes_nothing(known, sent):
    make_request(**known)
    before = Patient.objects.values().get()

    second = make_request(**{**known, **sent})

    assert Patient.objects.values().get() == before
    assert second.patient_id == before["id"]
    assert PossibleMatch.objects.count() == 0


def test_submit_with_a_known_contact_and_another_name_goes_to_the_match_list():
    first = make_request()

    second = make_request(name="Alex Example", email="ALEX@person.example")

    assert second.patient_id != first.patient_id
    assert list(PossibleMatch.objects.values_list("request", "patient", "shares")) == [
        (second.id, first.patient_id, "phone")
    ]
    assert list(DeskTask.objects.values_list("kind", "subject_ref")) == [
        ("possible_duplicate", f"intake.request:{second.id}")
    ]


def test_submit_with_the_same_name_and_other_contacts_is_somebody_else():
    first = make_request()

    second = make_request(phone="+16125550199", email="other@person.example")

    assert second.patient_id != first.patient_id
    assert PossibleMatch.objects.count() == 0


def test_submit_when_a_reference_is_taken_takes_another(monkeypatch):
    taken = make_request()
    letters = iter([*taken.reference, *"CDFGHJ"])
    monkeypatch.setattr("intake.services.secrets.choice", lambda _letters: next(letters))

    second = make_request(name="Alex Example")

    assert second.reference == "CDFGHJ"


def test_submit_when_every_reference_is_taken_keeps_nothing(monkeypatch):
    make_request()
    monkeypatch.setattr("intake.services.secrets.choice", lambda _letters: "C")
    make_request(name="Alex Example")
    patients = Patient.objects.count()

    with pytest.raises(Exception, match="reference"):
        make_request(name="Kim Example")

    assert Patient.objects.count() == patients


def test_close_request_closes_its_call_and_withdraws_its_letters():
    request = make_request(sms_consent=False)
    ask_for_call(request=request)

    close_request(request=request, reason="Booked")
    close_request(request=request, reason="Twice")

    assert (request.status, request.close_reason) == ("closed", "Booked")
    assert DeskTask.objects.get().outcome == "Request closed"
    assert Message.objects.get().state == "withdrawn"


def test_add_phone_when_there_is_none_leaves_the_patient_alone():
    request = make_request(phone="", sms_consent=False)

    add_phone(request=request, phone="612-555-0188 ext. 4")
    add_phone(request=request, phone="(612) 555-0188 x4")

    assert (str(request.phone), request.phone_extension) == ("+16125550188", "4")
    assert Patient.objects.get().phone == ""


def test_add_phone_when_another_stands_there_is_refused():
    request = make_request()

    with pytest.raises(PhoneKnownError):
        add_phone(request=request, phone="612-555-0188")

    request.refresh_from_db()
    assert request.phone == PHONE


def test_add_phone_when_it_is_no_number_says_how_to_mend_it():
    with pytest.raises(PhoneNumberError, match="area code"):
        add_phone(request=make_request(phone="", sms_consent=False), phone="555-0188")


def test_ask_for_call_twice_is_one_call():
    request = make_request()

    first = ask_for_call(request=request)
    second = ask_for_call(request=request)

    assert first == second == DeskTask.objects.get().due_at


def test_ask_for_call_after_the_first_call_is_another_call():
    request = make_request()
    ask_for_call(request=request)
    DeskTask.objects.update(closed_at=dt.datetime(2026, 11, 2, tzinfo=dt.UTC), outcome="Reached")

    ask_for_call(request=request)

    assert list(DeskTask.objects.filter(closed_at=None).values_list("kind", flat=True)) == ["call_back"]
    assert DeskTask.objects.count() == 2


def test_ask_for_call_without_a_number_is_refused():
    request = make_request(phone="", sms_consent=False)

    with pytest.raises(NoPhoneError):
        ask_for_call(request=request)

    assert DeskTask.objects.count() == 0
