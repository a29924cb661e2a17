import importlib
import os

import pytest
from django.core.management import call_command
from django.test import Client

from clinic.models import User

DIRECTIVES = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}
PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "zQ3v9Lr7TtXw2Pk5Bd8Ym1Hs4Gc6Nf0Ja_eUoIiRqVpKKd82hSwy",
    "FIELD_KEYS": "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "PUBLIC_BASE_URL": "https://book.clinic.example",
    "ALLOWED_HOSTS": "book.clinic.example",
    "REDIS_URL": "redis://127.0.0.1:6379/6",
    "EMAIL_URL": "smtp+tls://mail.clinic.example",
    "DATABASE_URL": "postgres://clinic@127.0.0.1/clinic",
    "DEFAULT_FROM_EMAIL": "care@clinic.example",
    "STAFF_MFA": "required",
}
NOT_SWITCHED = ("DATABASES", "CELERY_BROKER_URL", "STORAGES", "LOGGING", "PASSWORD_HASHERS")

ANY_PAGE = [
    "/", "/safety/", "/consultation/", "/send-my-link/", "/theme.css", "/livez", "/robots.txt", "/nowhere/",
    "/visit/wrong/", "/calendar/wrong.ics", "/screening/wrong/", "/webhooks/twilio/inbound/", "/unsubscribe/wrong/",
    "/admin/", "/admin/login/", "/admin/desk/today/", "/admin/desk/reports/", "/admin/account/unlock/",
    "/static/css/site.css",
]  # fmt: skip


@pytest.fixture
def production(settings, monkeypatch, tmp_path):
    """The settings of production on the test's database; static files collected."""
    for name, value in {**PRODUCTION, "DATA_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    module = importlib.util.spec_from_file_location("production_settings", settings.BASE_DIR / "clinic/settings.py")
    loaded = importlib.util.module_from_spec(module)
    module.loader.exec_module(loaded)
    for name in dir(loaded):
        if name.isupper() and name not in NOT_SWITCHED:
            setattr(settings, name, getattr(loaded, name))
    settings.WHITENOISE_ROOT = None
    call_command("collectstatic", interactive=False, verbosity=0)
    assert os.listdir(settings.STATIC_ROOT)  # noqa: PTH208 - only asks whether there is anything
    return settings


@pytest.fixture
def visitor(production):
    return Client(raise_request_exception=False, headers={"host": "book.clinic.example"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/consultation/", 200),
        ("/admin/login/", 200),
        ("/nowhere/", 404),
        ("/visit/wrong/", 404),
        ("/livez", 200),
        ("/static/css/site.css", 200),
    ],
)
def test_headers_of_every_kind_of_page(visitor, path, status):
    answer = visitor.get(path, secure=True)

    headers = answer.headers
    assert answer.status_code == status
    assert set(headers["Content-Security-Policy"].split("; ")) == DIRECTIVES
    assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains; preload"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Server" not in headers


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/login/", "/visit/wrong/"])
def test_private_page_is_kept_nowhere_and_tells_nobody_its_address(visitor, path):
    headers = visitor.get(path, secure=True).headers

    assert "no-store" in headers["Cache-Control"]
    assert headers["Referrer-Policy"] in {"no-referrer", "same-origin"}


@pytest.mark.django_db
def test_cookies_are_bound_to_the_host_and_out_of_reach_of_scripts(visitor):
    answer = visitor.get("/admin/login/", secure=True)

    cookie = answer.cookies["__Host-csrf"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (
        True,
        True,
        "Lax",
        "/",
        "",
    )


def test_session_cookie_is_bound_to_the_host(production):
    assert production.SESSION_COOKIE_NAME == "__Host-session"
    assert production.SESSION_COOKIE_SECURE
    assert production.SESSION_COOKIE_HTTPONLY


def test_plain_http_is_sent_to_https_but_for_probes(visitor):
    assert visitor.get("/safety/").headers["Location"] == "https://book.clinic.example/safety/"
    assert visitor.get("/livez").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["HTTP_HOST", "HTTP_X_FORWARDED_HOST"])
def test_host_header_of_a_stranger_is_never_used(visitor, name):
    answer = Client(raise_request_exception=False).get("/safety/", secure=True, **{name: "evil.example"})

    assert answer.status_code == 400
    assert "evil.example" not in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_no_page_lets_other_origins_read_it(visitor, method):
    visitor.force_login(User.objects.create_superuser("root@clinic.example"))
    asking = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}

    found = {
        (path, name)
        for path in ANY_PAGE
        for name in visitor.generic(method, path, secure=True, headers=asking).headers
        if name.lower().startswith("access-control")
    }

    assert found == set()


@pytest.mark.django_db
def test_folders_and_files_beside_them_are_not_shown(visitor):
    paths = ["/static", "/static/", "/static/css", "/static/css/", "/static/../manage.py", "/static/%2e%2e/manage.py"]
    paths += ["/.git/config", "/.env", "/manage.py", "/docs/", "/static/staticfiles.json/"]

    answers = {path: visitor.get(path, secure=True).status_code for path in paths}

    assert visitor.get("/static/css/site.css", secure=True).status_code == 200
    assert answers == dict.fromkeys(paths, 404)
