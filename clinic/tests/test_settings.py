"""The settings as a whole: what each variable refuses, and that production passes its checks at any hour."""

import datetime as dt
import importlib.util
import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
import time_machine
from django.apps import apps
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.utils.module_loading import import_string

from clinic.variables import VARIABLES

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "zQ3v9Lr7TtXw2Pk5Bd8Ym1Hs4Gc6Nf0Ja_eUoIiRqVpKKd82hSwy",
    "FIELD_KEYS": "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "PUBLIC_BASE_URL": "https://book.clinic.example",
    "ALLOWED_HOSTS": "book.clinic.example",
    "DATABASE_URL": "postgres://clinic:secret@127.0.0.1:1/clinic",
    "REDIS_URL": "redis://127.0.0.1:1/6",
    "EMAIL_URL": "smtp+tls://user:pass@mail.clinic.example:587",
    "DEFAULT_FROM_EMAIL": "care@clinic.example",
}
TWILIO = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "secret", "TWILIO_FROM": "+16125550100"}
# Variable: the mend that the refusal names, then values to refuse.
WEAK = {
    "DEBUG": ("must be 1 or 0", "ja", "2"),
    "DATA_DIR": ("Name a folder, as /var/lib/clinic", "", " "),
    "PORT": ("from 1 to 65535", "99999", "80.5"),
    "SECRET_KEY": ("at least 50 random characters", "weak"),
    "FIELD_KEYS": ("openssl rand -base64 32", "k1:AAAA"),
    "PUBLIC_BASE_URL": ("as https://book.clinic.example", "http://book.clinic.example"),
    "ALLOWED_HOSTS": ("Name the hosts we serve", "*"),
    "TRUSTED_PROXIES": ("as 10.0.0.0/8", "*", "0.0.0.0/0", "::/0"),
    "DATABASE_URL": ("postgres://user:password@host:5432/name", "postgres://", "mysql://user:S3cret@db/clinic"),
    "REDIS_URL": ("as redis://127.0.0.1:6379/0", "amqp://localhost"),
    "EMAIL_URL": ("as smtp+tls://user:password@host:587", "smtp://user:S3cret@mail.clinic.example:587"),
    "EMAIL_TIMEOUT": ("0.1 or more", "0", "soon"),
    "DEFAULT_FROM_EMAIL": ("as care@clinic.example", "nonsense", "care@", "Care <nonsense>"),
    "TWILIO_ACCOUNT_SID": ("Give all three, or none", "AC1"),
    "TWILIO_AUTH_TOKEN": ("Give all three, or none", "secret"),
    "TWILIO_FROM": ("Give all three, or none", "+16125550100"),
    "TWILIO_MESSAGING_SERVICE_SID": ("Give all three, or none", "MG1"),
    "TWILIO_API_BASE_URL": ("must begin with https://", "http://api.twilio.example"),
    "TWILIO_VOICE_ALERTS": ("must be 1 or 0", "ja"),
    "MESSAGE_KEEP_DAYS": ("1 or more", "0"),
    "TEXTS_PER_SECOND": ("0.01 or more", "0"),
    "TEXTS_PER_DAY": ("1 or more", "0"),
    "TEXT_COUNTRIES": ("as US,CA", "", "USA", "US,XX"),
    "STAFF_MFA": ("must be required", "optional"),
    "RATE_LIMIT_FACTOR": ("0.001 or more", "0"),
    "FORM_MIN_SECONDS": ("0 or more", "-1"),
}
ANY_TEXT_WILL_DO = {"DEMO_PASSWORD": "a passing demo's; seed_demo refuses in production"}


@pytest.fixture
def load(monkeypatch, tmp_path):
    """Reads the settings anew, under these variables alone."""

    def read(variables):
        for row in VARIABLES:
            monkeypatch.delenv(row.name, raising=False)
            monkeypatch.delenv(f"{row.name}_FILE", raising=False)
        for name, value in {"DATA_DIR": str(tmp_path), **variables}.items():
            monkeypatch.setenv(name, value)
        spec = importlib.util.spec_from_file_location("settings_read_anew", ROOT / "clinic/settings.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return read


def test_every_variable_has_a_weak_value_or_a_reason_to_have_none():
    assert WEAK.keys() | ANY_TEXT_WILL_DO.keys() == {row.name for row in VARIABLES}


@pytest.mark.parametrize(
    ("name", "mend", "value"), [(name, mend, value) for name, (mend, *values) in WEAK.items() for value in values]
)
def test_weak_value_is_refused_with_the_mend_and_without_a_secret(load, name, mend, value):
    with pytest.raises(ImproperlyConfigured) as refused:
        load({**PRODUCTION, name: value})

    assert name in str(refused.value)
    assert mend in str(refused.value)
    assert "S3cret" not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize("name", [*(row.name for row in VARIABLES if row.is_must), *TWILIO])
@pytest.mark.parametrize("is_empty", [False, True])
def test_production_without_one_of_the_musts_refuses_to_start_and_says_how_to_mend_it(load, name, is_empty):
    given = {**PRODUCTION, **TWILIO}
    del given[name]

    with pytest.raises(ImproperlyConfigured) as refused:
        load({**given, name: ""} if is_empty else given)

    told = str(refused.value)
    assert name in told
    assert "not set" in told
    assert len(told) > len(f"{name} is not set. ")  # and the mend


def test_production_and_development_start_with_what_they_need(load):
    assert load(PRODUCTION).DATABASES["default"]["HOST"] == "127.0.0.1"
    assert (
        load({**PRODUCTION, "DATABASE_URL": "sqlite:////tmp/x.sqlite3"}).DATABASES["default"]["NAME"]
        == "/tmp/x.sqlite3"
    )
    assert load({"DEBUG": "1"}).DATABASES["default"]["NAME"].endswith("/clinic.sqlite3")


@pytest.mark.parametrize(
    "password", ["S3cret/word", "S3cret#word", "S3cret?word", "12/S3cret", "12#S3cret", "S3cret:x/y"]
)
@pytest.mark.parametrize(
    ("name", "scheme"), [("DATABASE_URL", "postgres"), ("REDIS_URL", "redis"), ("EMAIL_URL", "smtp+tls")]
)
def test_password_that_cuts_its_address_off_is_refused_and_never_quoted(load, name, scheme, password):
    with pytest.raises(ImproperlyConfigured, match=f"^{name} cannot be read: percent-encode / @ # :") as refused:
        load({**PRODUCTION, name: f"{scheme}://user:{password}@host.example:587/1"})

    assert "S3cret" not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize(
    "sender", [{}, {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "secret", "TWILIO_MESSAGING_SERVICE_SID": "MG1"}]
)
def test_calls_without_a_number_to_call_from_are_refused(load, sender):
    with pytest.raises(ImproperlyConfigured, match=r"TWILIO_VOICE_ALERTS needs .* TWILIO_FROM, a number with voice"):
        load({**PRODUCTION, **sender, "TWILIO_VOICE_ALERTS": "1"})


def test_calls_with_a_number_to_call_from_are_on(load):
    settings = load({**PRODUCTION, **TWILIO, "TWILIO_VOICE_ALERTS": "yes"})

    assert settings.TWILIO_VOICE_ALERTS is True


@pytest.mark.parametrize("variables", [PRODUCTION, {"DEBUG": "1"}])
def test_passwords_are_hashed_by_argon2_at_least_as_slowly_as_django_does(load, variables):
    hasher = import_string(load(variables).PASSWORD_HASHERS[0])()

    assert hasher.algorithm == "argon2"
    assert hasher.time_cost >= 2
    assert hasher.memory_cost >= 102_400  # KiB
    assert hasher.parallelism >= 8


def test_migrate_has_no_limit_for_a_statement(load, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["manage.py", "migrate"])

    options = load(PRODUCTION).DATABASES["default"]["OPTIONS"]["options"]

    assert options == "-c statement_timeout=0 -c lock_timeout=10000"


# --- The checks ------------------------------------------------------------------------------------


def test_production_passes_the_deployment_check_without_a_warning(tmp_path):
    (tmp_path / "static").mkdir()

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={**PRODUCTION, "PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n"), done.stderr


@pytest.mark.parametrize("hour", [9, 21])
def test_models_pass_their_checks_when_texts_start_and_stop(hour):
    with time_machine.travel(dt.datetime(2026, 11, 23, hour, tzinfo=dt.UTC), tick=False):
        assert checks.run_checks(tags=[checks.Tags.models]) == []


def test_no_column_has_a_fixed_time_or_day_as_its_default():
    columns = [field for model in apps.get_models() for field in model._meta.concrete_fields]
    of_time = [field for field in columns if isinstance(field, models.DateField | models.TimeField)]

    assert of_time
    assert [str(field) for field in of_time if field.has_default() and not callable(field.default)] == []
