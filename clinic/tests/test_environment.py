import base64

import pytest
from django.core.exceptions import ImproperlyConfigured

from clinic import environment

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


@pytest.mark.parametrize("value", ["0.0.0.0/0", "::/0"])
def test_trusted_proxies_outside_development_may_not_be_the_whole_world(value):
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES believes everybody"):
        environment.trusted_proxies(["10.0.0.1", value])

    assert len(environment.trusted_proxies([value], debug=True)[0]) == 1


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


@pytest.mark.parametrize("text", ["1", "true", "Yes", " on "])
def test_boolean_may_be_on(text):
    assert environment.boolean("DEBUG", text) is True


@pytest.mark.parametrize("text", ["0", "False", "no", "off", ""])
def test_boolean_may_be_off(text):
    assert environment.boolean("DEBUG", text) is False


@pytest.mark.parametrize("text", ["ja", "2", "-1", "enabled"])
def test_boolean_when_another_word_is_refused_by_name(text):
    with pytest.raises(ImproperlyConfigured, match="DEBUG must be 1 or 0"):
        environment.boolean("DEBUG", text)


def test_countries_may_be_written_with_spaces_and_small():
    assert environment.countries(["us", " CA"]) == ["US", "CA"]


@pytest.mark.parametrize("value", ["care@clinic.example", "Front desk <care@clinic.example>", "care@localhost"])
def test_sender_may_have_a_name(value):
    assert environment.sender(value) == value


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


@pytest.mark.parametrize(
    "value",
    [
        "consolemail://",
        "filemail:///tmp/x",
        "http://x",
        "smtpx://mail.clinic.example",
        "smtp://user:password@mail.clinic.example:587",
        "smtp://user:password@localhost.evil.example",
        "smtp://",
        "smtp+tls://",
        "smtp+tls://:587",
    ],
)
def test_email_url_outside_development_must_be_smtp_and_a_password_goes_by_tls(value):
    with pytest.raises(ImproperlyConfigured, match=r"EMAIL_URL must be smtp\+tls://"):
        environment.email_server(value, debug=False)


@pytest.mark.parametrize(
    ("value", "server"),
    [
        ("smtp+tls://user:p%2Fw@mail.example:587", ("mail.example", 587, "p/w", True, None)),
        ("smtps://user:p%23w@mail.example:587", ("mail.example", 587, "p#w", True, None)),
        ("smtp+ssl://user:p%40w@mail.example:465", ("mail.example", 465, "p@w", None, True)),
        ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, None, None, None)),
        ("smtp://localhost", ("localhost", None, None, None, None)),
        ("smtp://relay:25", ("relay", 25, None, None, None)),
        ("smtp://[::1]:25", ("::1", 25, None, None, None)),
    ],
)
def test_email_url_with_tls_or_near_or_without_a_password_is_read(value, server):
    found = environment.email_server(value, debug=False)

    names = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_PASSWORD", "EMAIL_USE_TLS", "EMAIL_USE_SSL")
    assert tuple(found.get(name) for name in names) == server


def test_email_url_in_development_may_be_anything_that_django_sends_by():
    assert environment.email_server("consolemail://", debug=True)["EMAIL_BACKEND"].endswith("console.EmailBackend")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "mysql://user:S3cret@db/clinic",
        "postgis://db/clinic",
        "user:S3cret@db/clinic",
        "//user:S3cret@db/clinic",
        "postgres://",
        "postgres://db.clinic.example",
        "sqlite://:memory:",
        "sqlite://",
    ],
)
def test_database_without_booking_guard_or_name_is_refused(value):
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL must be postgres://user:password@host:5432/name or"):
        environment.database_at(value, debug=False)


@pytest.mark.parametrize(
    ("value", "name", "host"),
    [
        ("postgres://user:p%2Fw@db:5432/clinic", "clinic", "db"),
        ("postgresql://user:p[w@db/clinic", "clinic", "db"),
        ("postgres://user:pw@one:5432,two:5432/clinic", "clinic", "one,two"),
        ("postgres:///clinic?host=/run/postgresql", "clinic", ""),
        ("sqlite:////data/clinic@home.sqlite3", "/data/clinic@home.sqlite3", ""),
    ],
)
def test_database_with_a_name_is_read(value, name, host):
    found = environment.database_at(value, debug=False)

    assert (found["NAME"], found["HOST"]) == (name, host)


def test_database_in_development_may_be_in_memory():
    assert environment.database_at("sqlite://:memory:", debug=True)["NAME"] == ":memory:"


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["manage.py", "migrate"], "-c statement_timeout=0 -c lock_timeout=10000"),
        (["manage.py", "seed_demo", "migrate"], "-c statement_timeout=15000 -c lock_timeout=10000"),
        (["gunicorn"], "-c statement_timeout=15000 -c lock_timeout=10000"),
    ],
)
def test_statement_may_take_its_time_in_a_migration_only(tmp_path, arguments, options):
    database = environment.database_at("postgres://db/clinic", debug=False)

    assert environment.with_database_options(database, tmp_path, arguments)["OPTIONS"]["options"] == options


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
