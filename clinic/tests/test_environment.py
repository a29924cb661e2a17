import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from clinic import environment

ROOT = Path(__file__).resolve().parents[2]
KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.urlsafe_b64encode(bytes(range(220, 252))).decode()


@pytest.mark.parametrize(
    "value", ["", "short", "a" * 60, "django-insecure-" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2]
)
def test_secret_key_when_weak_is_refused(value):
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is weak"):
        environment.check_secret_key(value)


@pytest.mark.parametrize(
    "value",
    [
        "http://book.clinic.example",
        "https://",
        "https://book.clinic.example/path",
        "https://user@book.clinic.example",
        "https://book.clinic.example?x=1",
        "https://book.clinic.example:port",
        "book.clinic.example",
        "ftp://book.clinic.example",
        "https://[::1",
    ],
)
def test_public_base_url_when_not_a_secure_origin_is_refused(value):
    with pytest.raises(ImproperlyConfigured, match="PUBLIC_BASE_URL must be https://"):
        environment.check_public_base_url(value, debug=False)


def test_public_base_url_in_development_may_be_plain():
    assert environment.check_public_base_url("http://localhost:8000", debug=True) == "http://localhost:8000"


@pytest.mark.parametrize("values", [[], ["*"], ["book.clinic.example", "*"]])
def test_allowed_hosts_when_open_is_refused(values):
    with pytest.raises(ImproperlyConfigured, match="ALLOWED_HOSTS"):
        environment.check_allowed_hosts(values, public_base_url="https://a.example", debug=False)


def test_allowed_hosts_holds_the_host_of_our_own_links():
    hosts = environment.check_allowed_hosts(["b.example"], public_base_url="https://a.example:444", debug=False)

    assert hosts == ["b.example", "a.example"]


def test_trusted_proxies_takes_addresses_and_networks():
    networks, hops = environment.trusted_proxies(["127.0.0.1", "10.0.0.0/8", "::1"])

    assert ([str(network) for network in networks], hops) == (["127.0.0.1/32", "10.0.0.0/8", "::1/128"], 0)


def test_trusted_proxies_takes_a_number_of_hops():
    assert environment.trusted_proxies(["2"]) == ([], 2)


@pytest.mark.parametrize("values", [["*"], ["proxy.example"], ["10.0.0.0/99"], ["1", "2"], ["-1"]])
def test_trusted_proxies_when_neither_is_refused(values):
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES takes addresses or networks"):
        environment.trusted_proxies(values)


@pytest.mark.parametrize("value", ["optional", "", "off"])
def test_staff_mfa_outside_development_must_be_required(value):
    with pytest.raises(ImproperlyConfigured, match="STAFF_MFA must be required"):
        environment.check_mfa(value, debug=False)


def test_staff_mfa_in_development_may_be_optional():
    assert environment.check_mfa("optional", debug=True) == "optional"


@pytest.mark.parametrize("text", ["", "many", "nan", "inf", "-1", "0"])
def test_number_when_out_of_range_is_refused_by_name(text):
    with pytest.raises(ImproperlyConfigured, match="PORT must be a number, 1 or more"):
        environment.number("PORT", text, least=1)


def test_redis_url_of_another_broker_is_refused():
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL must begin with redis://"):
        environment.check_redis_url("amqp://localhost")


@pytest.mark.parametrize(
    "value", ["http://api.twilio.example", "ftp://localhost.evil.example", "http://[", "api.twilio.com"]
)
def test_twilio_address_that_would_carry_the_token_in_the_clear_is_refused(value):
    with pytest.raises(ImproperlyConfigured, match="TWILIO_API_BASE_URL must begin with https://"):
        environment.check_twilio_base_url(value, debug=False)


@pytest.mark.parametrize("value", ["", "https://api.twilio.com", "http://127.0.0.1:9000", "http://localhost:9000"])
def test_twilio_address_may_be_https_or_this_machine(value):
    assert environment.check_twilio_base_url(value, debug=False) == value


def test_folder_of_patients_is_for_its_owner_alone(tmp_path):
    environment.development_secrets(tmp_path / "var")

    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("value", ["consolemail://", "filemail:///tmp/x", "http://x"])
def test_email_url_outside_development_must_be_smtp(value):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL must be smtp://"):
        environment.check_email_url(value, debug=False)


@pytest.mark.parametrize("engine", ["", "django.db.backends.mysql"])
def test_database_without_booking_guard_is_refused(engine):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL must be postgres://"):
        environment.check_database({"ENGINE": engine})


def test_key_ring_is_read_in_order():
    ring = environment.parse_key_ring(f"k2:{OTHER_KEY}, k1:{KEY}")

    assert ring == {"k2": bytes(range(220, 252)), "k1": bytes(range(32))}


@pytest.mark.parametrize(
    "text",
    [
        ",",
        KEY,
        f":{KEY}",
        f"k.1:{KEY}",
        f"k1:{KEY},k1:{KEY}",
        "k1:",
        "k1:not base64",
        "k1:ünï",
        f"k1:{base64.b64encode(b'short').decode()}",
        f"k1:{base64.b64encode(bytes(32)).decode()}",
    ],
)
def test_key_ring_when_faulty_is_refused_and_never_quoted(text):
    with pytest.raises(ImproperlyConfigured, match="FIELD_KEYS") as caught:
        environment.parse_key_ring(text)

    assert KEY not in str(caught.value)


def test_group_of_variables_given_in_part_names_what_is_missing():
    with pytest.raises(ImproperlyConfigured, match=r"B not set although A is\. Give both\."):
        environment.all_or_none({"A": "x", "B": ""}, mend="Give both.")


@pytest.mark.parametrize(("values", "given"), [({"A": "", "B": ""}, False), ({"A": "x", "B": "y"}, True)])
def test_group_of_variables_given_or_not(values, given):
    assert environment.all_or_none(values, mend="") is given


def test_development_secrets_are_made_once_and_private(tmp_path):
    first = environment.development_secrets(tmp_path / "var")
    again = environment.development_secrets(tmp_path / "var")

    assert first == again
    assert (tmp_path / "var" / "development-secrets.json").stat().st_mode & 0o077 == 0
    environment.check_secret_key(first["SECRET_KEY"])
    assert list(environment.parse_key_ring(first["FIELD_KEYS"])) == ["k1"]


# --- The settings themselves, in a process of their own ---------------------------------------------


def _production(tmp_path):
    return {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path),
        "SECRET_KEY": "zQ3v9Lr7TtXw2Pk5Bd8Ym1Hs4Gc6Nf0Ja_eUoIiRqVpKKd82hSwy",
        "FIELD_KEYS": f"k1:{KEY}",
        "PUBLIC_BASE_URL": "https://book.clinic.example",
        "ALLOWED_HOSTS": "book.clinic.example",
        "REDIS_URL": "redis://127.0.0.1:6379/6",
        "EMAIL_URL": "smtp+tls://user:pass@mail.clinic.example:587",
        "DEFAULT_FROM_EMAIL": "care@clinic.example",
    }


def _run(variables, *arguments):
    return subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_passes_the_deployment_check_without_a_warning(tmp_path):
    (tmp_path / "static").mkdir()

    done = _run(_production(tmp_path), "manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n"), done.stderr


LOAD_EACH = """
import importlib, os, sys
from django.core.exceptions import ImproperlyConfigured
for name in sys.argv[1:]:
    value = os.environ.pop(name)
    sys.modules.pop("clinic.settings", None)
    try:
        importlib.import_module("clinic.settings")
    except ImproperlyConfigured as error:
        print(f"{name}: {error}")
    else:
        print(f"{name}: accepted")
    os.environ[name] = value
"""
MUST = (
    "SECRET_KEY", "FIELD_KEYS", "PUBLIC_BASE_URL", "ALLOWED_HOSTS", "REDIS_URL", "EMAIL_URL", "DEFAULT_FROM_EMAIL",
    "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM",
)  # fmt: skip


def test_settings_without_any_one_of_the_musts_refuse_to_start_and_say_how_to_mend_it(tmp_path):
    twilio = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "secret", "TWILIO_FROM": "+16125550100"}

    done = _run({**_production(tmp_path), **twilio}, "-c", LOAD_EACH, *MUST)

    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == list(MUST), done.stderr
    for name, line in zip(MUST, lines, strict=True):
        text = line.removeprefix(f"{name}: ")
        assert name in text
        assert "not set" in text
        assert len(text) > len(f"{name} is not set.")  # and the mend


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "weak"),
        ("FIELD_KEYS", "k1:AAAA"),
        ("PUBLIC_BASE_URL", "http://book.clinic.example"),
        ("STAFF_MFA", "optional"),
        ("TRUSTED_PROXIES", "*"),
    ],
)
def test_settings_with_a_weak_value_refuse_to_start(tmp_path, name, value):
    done = _run({**_production(tmp_path), name: value}, "-c", "import clinic.settings")

    assert done.returncode == 1
    assert f"ImproperlyConfigured: {name}" in done.stderr
