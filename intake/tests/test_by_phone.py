import pytest

from clinic.models import ClinicProfile, DeskTask, User
from intake.errors import FormUsedError
from intake.models import ConsultationRequest, Patient, PossibleMatch
from intake.services import register_by_phone
from intake.tests.factories import consultation, make_request
from notifications import consent
from notifications.models import Channel, Consent, Message

pytestmark = pytest.mark.django_db

SAID = {Channel.SMS: "Yes, that is fine", Channel.EMAIL: "yes"}


@pytest.fixture
def desk():
    return User.objects.create_user("desk@clinic.example", "x")


def test_phone_call_keeps_request_and_verbal_consent_word_by_word(desk):
    request = register_by_phone(consultation(email_consent=False), by=desk, said=SAID, page="/admin/desk/phone/")

    line = Consent.objects.get()
    assert (line.source, line.actor, line.evidence, line.page, line.box_was_unticked) == (
        "staff",
        desk,
        "Said: Yes, that is fine",
        "/admin/desk/phone/",
        None,
    )
    assert line.wording == consent.spoken_wording_for(Channel.SMS, ClinicProfile.current())
    assert consent.may_contact(channel=Channel.SMS, address=str(request.phone)).allowed is True
    assert Message.objects.count() + DeskTask.objects.count() == 0  # they are on the phone


def test_phone_call_of_somebody_known_leaves_the_patient_unchanged(desk):
    known = make_request(name="Sam Example").patient

    request = register_by_phone(
        consultation(name="Samuel", email="new@person.example"), by=desk, said=SAID, patient=known
    )

    assert (request.patient, request.name) == (known, "Samuel")
    assert Patient.objects.values_list("name", flat=True).get() == "Sam Example"


def test_new_person_with_a_known_number_is_written_down_as_told_apart(desk):
    known = make_request(name="Sam Example").patient

    request = register_by_phone(consultation(name="Alex Example"), by=desk, said=SAID)

    match = PossibleMatch.objects.get(request=request)
    assert (match.patient, match.verdict, match.decided_by, match.shares) == (known, "different", desk, "phone, e-mail")
    assert DeskTask.objects.filter(kind=DeskTask.Kind.POSSIBLE_DUPLICATE).count() == 0


def test_form_sent_twice_is_one_request_and_other_words_are_refused(desk):
    call = consultation()
    first = register_by_phone(call, by=desk, said=SAID)

    assert register_by_phone(call, by=desk, said=SAID) == first
    with pytest.raises(FormUsedError):
        register_by_phone(consultation(form_key=call.form_key, name="Other"), by=desk, said=SAID)
    assert ConsultationRequest.objects.count() == 1
