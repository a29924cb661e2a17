"""Names that other systems and scripts rely on (README, docs): addresses, fields, commands, variables, accounts."""

import uuid

import pytest
from django.core.management import get_commands, load_command_class
from django.urls import resolve

from clinic.models import ClinicProfile
from clinic.variables import VARIABLES
from intake.forms import ConsultationForm
from scheduling.records.seed_staff import STAFF, email_of


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "home"),
        ("/consultation/", "intake:consultation"),
        ("/consultation/token/time/", "scheduling:time"),
        ("/visit/token/", "scheduling:visit"),
        ("/visit/token/cancel/", "scheduling:cancel"),
        ("/visit/token/invite.ics", "scheduling:invite"),
        ("/send-my-link/", "scheduling:send_my_link"),
        ("/unsubscribe/token/", "notifications:unsubscribe"),
        (f"/webhooks/twilio/status/{uuid.UUID(int=1)}/", "notifications:status"),
        ("/webhooks/twilio/inbound/", "notifications:inbound"),
        ("/safety/", "safety"),
        ("/privacy/", "privacy"),
        ("/sms-terms/", "sms_terms"),
        ("/accessibility/", "accessibility"),
        ("/livez", "livez"),
        ("/readyz", "readyz"),
        ("/admin/", "admin:index"),
    ],
)
def test_address_stands(path, name):
    assert resolve(path).view_name == name


@pytest.mark.django_db
def test_consultation_form_has_its_fields_and_asks_the_common_case_first():
    form = ConsultationForm(profile=ClinicProfile.current())

    wanted = (
        "name for_whom state email phone sms_consent email_consent voicemail_ok discreet best_time help_with message"
    )
    assert set(wanted.split()) | {"website", "form_key"} == set(form.fields)
    assert [form.fields[name].choices[0][0] for name in ("for_whom", "state")] == ["me", "MN"]


def test_commands_stand():
    commands = get_commands()

    assert {name: commands.get(name) for name in ("seed_demo", "deliver_outbox", "rotate_keys")} == {
        "seed_demo": "scheduling",
        "deliver_outbox": "notifications",
        "rotate_keys": "clinic",
    }


def test_seed_demo_takes_its_flags():
    parser = load_command_class("scheduling", "seed_demo").create_parser("manage.py", "seed_demo")

    given = parser.parse_args(["--clinicians", "2", "--days", "3", "--appointments", "4", "--yes-demo"])

    assert (given.clinicians, given.days, given.appointments, given.yes_demo) == (2, 3, 4, True)


def test_variables_stand():
    wanted = """
        DATABASE_URL REDIS_URL SECRET_KEY FIELD_KEYS PUBLIC_BASE_URL ALLOWED_HOSTS DEBUG PORT DATA_DIR TRUSTED_PROXIES
        EMAIL_URL EMAIL_TIMEOUT DEFAULT_FROM_EMAIL TWILIO_ACCOUNT_SID TWILIO_AUTH_TOKEN TWILIO_FROM
        TWILIO_MESSAGING_SERVICE_SID TWILIO_API_BASE_URL STAFF_MFA RATE_LIMIT_FACTOR FORM_MIN_SECONDS DEMO_PASSWORD
    """

    assert set(wanted.split()) - {row.name for row in VARIABLES} == set()


def test_demo_staff_have_their_addresses():
    assert [email_of(row[0]) for row in STAFF] == [
        f"{name}@clinic.example" for name in ("desk", "clinician", "director", "manager", "auditor")
    ]
