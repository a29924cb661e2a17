import datetime as dt
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from clinic import roster
from clinic.models import ClinicProfile, User
from intake.models import ConsultationRequest
from notifications.models import Message
from scheduling.models import Appointment, AppointmentType, Clinician

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _development(settings):
    settings.DEBUG = True


def run(**options):
    out = StringIO()
    call_command("seed_demo", stdout=out, **options)
    return out.getvalue()


def counts():
    return [
        model.objects.count() for model in (User, Clinician, AppointmentType, ConsultationRequest, Appointment, Message)
    ]


def test_seed_demo_makes_a_clinic(settings):
    settings.DEMO_PASSWORD = "correct horse battery"

    told = run()

    roles = {user.email: [group.name for group in user.groups.all()] for user in User.objects.all()}
    assert roles == {
        "desk@clinic.example": ["Front desk"],
        "clinician@clinic.example": ["Clinician"],
        "director@clinic.example": ["Medical director"],
        "manager@clinic.example": ["Manager"],
        "auditor@clinic.example": ["Auditor"],
    }
    assert all(user.is_staff and user.check_password("correct horse battery") for user in User.objects.all())
    assert "Password for each: correct horse battery" in told
    assert Clinician.objects.count() == 3
    assert {"booked", "completed", "no_show"} <= set(Appointment.objects.values_list("status", flat=True))
    profile = ClinicProfile.current()
    assert {line.call or line.text for line in profile.crisis_lines.all()} == {"988", "741741", "911"}
    assert profile.opening_hours.count() == 5


def test_seed_demo_people_are_fictional():
    run(appointments=20, today=True)

    assert all(
        "5550" in str(phone) for phone in ConsultationRequest.objects.exclude(phone="").values_list("phone", flat=True)
    )
    assert all(email.endswith(".example") for email in ConsultationRequest.objects.values_list("email", flat=True))


def test_seed_demo_again_adds_nothing_and_tells_no_password():
    first = run(appointments=30)
    before = counts()

    second = run(appointments=30)

    assert counts() == before
    assert ("Password" in first, "Password" in second) == (True, False)


def test_seed_demo_adds_what_is_missing_to_the_number_asked_for():
    run(appointments=10)

    told = run(appointments=25)

    assert "15 load visits" in told
    assert Appointment.objects.filter(request__reference__startswith="L").count() == 25


def test_seed_demo_takes_a_size():
    run(clinicians=5, days=5, appointments=40)

    assert (Clinician.objects.count(), Appointment.objects.filter(request__reference__startswith="L").count()) == (
        5,
        40,
    )


def test_seed_demo_fills_days_around_a_cancelled_visit_that_still_holds_its_time():
    run(clinicians=3, days=10, appointments=150)

    assert Appointment.objects.filter(held_until__isnull=False).exists()
    assert Appointment.objects.filter(request__reference__startswith="L").count() == 150


def test_seed_demo_that_does_not_fit_says_what_to_give():
    with pytest.raises(CommandError, match="Give more --clinicians or more --days"):
        run(clinicians=1, days=2, appointments=500)


def test_seed_demo_with_debug_off_refuses(settings):
    settings.DEBUG = False

    with pytest.raises(CommandError, match="--yes-demo"):
        run()

    assert User.objects.count() == 0
    run(yes_demo=True)
    assert User.objects.count() == 5


def test_seed_demo_with_a_provider_writes_to_nobody(settings):
    settings.EMAIL_CONFIGURED = True

    run()

    assert Message.objects.count() == 0


@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_seed_demo_refuses_nonsense_sizes(value):
    with pytest.raises(CommandError):
        call_command("seed_demo", f"--appointments={value}")


def test_seed_demo_puts_somebody_on_call_and_screening_on_and_leaves_off_what_staff_switched_off():
    run()
    assert ClinicProfile.current().screening_on is True
    assert [shift.user.email for shift in roster.on_call(timezone.now())] == ["clinician@clinic.example"]
    ClinicProfile.objects.update(screening_on=False)

    run()

    assert ClinicProfile.current().screening_on is False


SUNDAY, TUESDAY = (dt.datetime(2026, 11, day, 16, 30, tzinfo=dt.UTC) for day in (22, 24))  # 10:30 in the morning


@pytest.mark.parametrize(
    ("moment", "options", "visits"), [(TUESDAY, {}, 9), (SUNDAY, {}, 0), (SUNDAY, {"today": True}, 16)]
)
def test_seed_demo_fills_today_so_that_the_board_shows_a_day(moment, options, visits):
    with time_machine.travel(moment, tick=False):
        run(**options)
        run(**options)

    midnight = moment.replace(hour=6, minute=0)  # in Minneapolis
    today = Appointment.objects.filter(starts_at__gte=midnight, starts_at__lt=midnight + dt.timedelta(days=1))
    states = set(today.values_list("status", flat=True))
    assert today.count() == visits
    assert states == ({"completed", "no_show", "arrived", "confirmed", "booked"} if visits else set())
