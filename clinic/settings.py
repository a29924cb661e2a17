"""All settings, from the environment. `docs/configuration.md` lists the variables."""

import datetime as dt
import os
import sys
from pathlib import Path

import environ
from csp.constants import NONE, SELF

from clinic import accounts, environment, logs, secret_files

# --- Environment -----------------------------------------------------------------------------------
env = environ.Env()
env.ENVIRON = environment.with_secret_files(os.environ)  # type: ignore[assignment]  # any mapping will do
BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = environment.boolean("DEBUG", env.str("DEBUG", default=""))
DATA_DIR = environment.folder_named("DATA_DIR", env.str("DATA_DIR", default=str(BASE_DIR / "var")))
PORT = environment.whole_number("PORT", env.str("PORT", default="8000"), most=65535)

_made = secret_files.development_secrets(DATA_DIR) if DEBUG else {}
SECRET_KEY = env.str("SECRET_KEY", default="") or _made.get("SECRET_KEY", "")
environment.require("SECRET_KEY", SECRET_KEY, 'Make one: python -c "import secrets; print(secrets.token_urlsafe(50))"')
environment.check_secret_key(SECRET_KEY)
FIELD_KEYS = environment.parse_key_ring(
    environment.require(
        "FIELD_KEYS",
        env.str("FIELD_KEYS", default="") or _made.get("FIELD_KEYS", ""),
        "It encrypts answers: k1: and the output of `openssl rand -base64 32`. Losing it loses the answers.",
    )
)
PUBLIC_BASE_URL = environment.check_public_base_url(
    environment.require(
        "PUBLIC_BASE_URL",
        env.str("PUBLIC_BASE_URL", default=f"http://localhost:{PORT}" if DEBUG else "").rstrip("/"),
        "It is the address in every private link, as https://book.clinic.example",
    ),
    debug=DEBUG,
)
ALLOWED_HOSTS = environment.check_allowed_hosts(
    env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else []),
    public_base_url=PUBLIC_BASE_URL,
    debug=DEBUG,
)
TRUSTED_PROXIES, TRUSTED_HOPS = environment.trusted_proxies(env.list("TRUSTED_PROXIES", default=[]), debug=DEBUG)
STAFF_MFA = environment.check_mfa(env.str("STAFF_MFA", default="optional" if DEBUG else "required"), debug=DEBUG)
RATE_LIMIT_FACTOR = environment.number("RATE_LIMIT_FACTOR", env.str("RATE_LIMIT_FACTOR", default="1"), least=0.001)
FORM_MIN_SECONDS = environment.number("FORM_MIN_SECONDS", env.str("FORM_MIN_SECONDS", default="3"))
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="")

# --- Apps and middleware ---------------------------------------------------------------------------
INSTALLED_APPS = [
    "clinic.admin_config.ClinicAdminConfig",
    "django.forms",  # its widget templates, for FORM_RENDERER
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "crispy_forms",
    "django_htmx",
    "csp",
    "phonenumber_field",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "clinic",
    "notifications",
    "intake",
    "clinic.accounts",
    "scheduling",  # last: it ends every migrate, see clinic.triggers.is_last_app
]
MIDDLEWARE = [
    "clinic.middleware.client_address.ClientAddressMiddleware",
    "clinic.middleware.request_log.RequestLogMiddleware",
    "clinic.middleware.probes.ProbesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "clinic.middleware.methods.MethodsMiddleware",
    "clinic.middleware.private_pages.PrivatePagesMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "clinic.middleware.readable_bodies.ReadableBodiesMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # inside the headers: static files carry them too
    "clinic.middleware.language.LanguageMiddleware",
    "clinic.middleware.footfall.FootfallMiddleware",
    "clinic.middleware.database_down.DatabaseDownMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "clinic.middleware.null_origin.NullOriginMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "clinic.middleware.login_by_default.LoginByDefaultMiddleware",
    "clinic.accounts.middleware.StaffSessionMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",  # last, as axes asks: it turns a lockout into our answer
]
ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = ("intake",)
CRISPY_TEMPLATE_PACK = "intake"
CRISPY_FAIL_SILENTLY = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clinic.frame.clinic_profile",
            ],
            "string_if_invalid": "",
        },
    }
]

# --- Database --------------------------------------------------------------------------------------
_database_url = env.str("DATABASE_URL", default="")
environment.require("DATABASE_URL", _database_url, "As postgres://user:password@host:5432/name", is_must=not DEBUG)
_database = environment.database_at(_database_url or f"sqlite:///{DATA_DIR / 'clinic.sqlite3'}", debug=DEBUG)
DATABASES = {"default": environment.with_database_options(_database, DATA_DIR, sys.argv)}

# --- Staff accounts --------------------------------------------------------------------------------
AUTH_USER_MODEL = "clinic.User"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{name}PasswordHasher" for name in ("Argon2", "PBKDF2")]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "clinic.accounts.passwords.GuessablePasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
SESSION_COOKIE_AGE = 10 * 60 * 60  # absolute end of a working day, see clinic.accounts.session
STAFF_IDLE_MINUTES = 15
ACCOUNT_ADAPTER = "clinic.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_RATE_LIMITS = False  # they are kept in the memory of each process; ours, in clinic.accounts, are not
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_ADAPTER = "clinic.accounts.adapter.SecondFactorAdapter"
MFA_FORMS = accounts.MFA_FORMS
MFA_TOTP_TOLERANCE = 1  # phones' clocks are up to half a minute off
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]  # a passkey is a second step, never the only one
# An account is locked together with the network, so that nobody can lock a colleague out from elsewhere.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "clinic.accounts.lockout.account"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = dt.timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "clinic.accounts.lockout.network_address"
AXES_LOCKOUT_CALLABLE = "clinic.accounts.lockout.locked"
AXES_ENABLE_ADMIN = AXES_VERBOSE = False  # shown through our own read-only pages
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# --- Security --------------------------------------------------------------------------------------
IS_LIVE = _secure = not DEBUG
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _secure
SESSION_COOKIE_NAME = "__Host-session" if _secure else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if _secure else "csrf"
CSRF_COOKIE_HTTPONLY = SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "clinic.pages.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]
SECURE_HSTS_SECONDS = 63072000 if _secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _secure
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES or TRUSTED_HOPS else None
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # names patients: not into a cookie
SECURE_REFERRER_POLICY = "same-origin"  # private pages answer no-referrer, see PrivatePagesMiddleware
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        **{name: [SELF] for name in ("script-src", "style-src", "img-src", "connect-src", "form-action")},
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb", "browsing-topics")
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# --- Language and time -----------------------------------------------------------------------------
LANGUAGE_CODE, LANGUAGES = "en", [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [*BASE_DIR.glob("*/locale"), BASE_DIR / "intake/screening/locale"]  # before those of other packages
TIME_ZONE = CELERY_TIMEZONE = "UTC"
USE_TZ = True
PHONENUMBER_DEFAULT_REGION = "US"
PHONENUMBER_DB_FORMAT = "E164"

# --- Static files ----------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_MIMETYPES = {".svg": "image/svg+xml; charset=utf-8"}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- E-mail ----------------------------------------------------------------------------------------
_email_url = env.str("EMAIL_URL", default="")
environment.require("EMAIL_URL", _email_url, "As smtp+tls://user:password@host:587", is_must=not DEBUG)
_email = environment.email_server(_email_url, debug=DEBUG)
EMAIL_CONFIGURED = bool(_email)
EMAIL_BACKEND = _email.get("EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend")
EMAIL_HOST = _email.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = _email.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _email.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = environment.number("EMAIL_TIMEOUT", env.str("EMAIL_TIMEOUT", default="10"), least=0.1)
_sender = env.str("DEFAULT_FROM_EMAIL", default="") or ("care@clinic.example" if DEBUG else "")
DEFAULT_FROM_EMAIL = environment.sender(environment.require("DEFAULT_FROM_EMAIL", _sender, "As care@clinic.example"))

# --- Twilio ----------------------------------------------------------------------------------------
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", default="")
TWILIO_FROM = env.str("TWILIO_FROM", default="")
TWILIO_MESSAGING_SERVICE_SID = env.str("TWILIO_MESSAGING_SERVICE_SID", default="")
TWILIO_API_BASE_URL = environment.check_twilio_base_url(env.str("TWILIO_API_BASE_URL", default=""), debug=DEBUG)
TWILIO_TIMEOUT = 10.0
MESSAGE_KEEP_DAYS = environment.number("MESSAGE_KEEP_DAYS", env.str("MESSAGE_KEEP_DAYS", default="365"), least=1)
TEXTS_PER_SECOND = environment.number("TEXTS_PER_SECOND", env.str("TEXTS_PER_SECOND", default="10"), least=0.01)
TEXTS_PER_DAY = environment.whole_number("TEXTS_PER_DAY", env.str("TEXTS_PER_DAY", default="2000"), most=10**9)
TEXT_COUNTRIES = environment.countries(env.list("TEXT_COUNTRIES", default=["US", "CA"]))
TWILIO_CONFIGURED = environment.all_or_none(
    {
        "TWILIO_ACCOUNT_SID": TWILIO_ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": TWILIO_AUTH_TOKEN,
        "TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID": TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID,
    },
    mend="Give all three, or none to run without texts.",
)
_voice = environment.boolean("TWILIO_VOICE_ALERTS", env.str("TWILIO_VOICE_ALERTS", default=""))
TWILIO_VOICE_ALERTS = environment.check_voice(is_on=_voice, is_configured=TWILIO_CONFIGURED, caller=TWILIO_FROM)

# --- Celery: a doorbell, see docs/adr --------------------------------------------------------------
REDIS_URL = environment.check_redis_url(env.str("REDIS_URL", default=""))
environment.require("REDIS_URL", REDIS_URL, "As redis://127.0.0.1:6379/0", is_must=not DEBUG)
_broker_folder = DATA_DIR / "broker"
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    # A hung broker must not slow a patient: half a second, and no second try while they wait (without
    # max_retries a ring took 7.5 s, measured). The worker's own loop reconnects whatever these say.
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "socket_connect_timeout": 0.5,
        "socket_timeout": 0.5,
        "max_retries": 0,
    }
else:
    _broker_folder.mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker_folder),
        "data_folder_out": str(_broker_folder),
        "control_folder": str(DATA_DIR / "broker-control"),
    }
CELERY_DB_REUSE_MAX = 10**12  # `clinic.celery` closes old connections; one for each task cost more than the task
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Without this a Redis that turns read-only (failover) ends the worker for good, measured.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "due messages": {"task": "notifications.deliver_due", "schedule": 5.0, "options": {"expires": 4}},
    "sweep": {"task": "notifications.sweep", "schedule": 60.0, "options": {"expires": 55}},
    "safety": {"task": "intake.safety_sweep", "schedule": 60.0, "options": {"expires": 55}},
    "seal ledgers": {"task": "clinic.seal_ledgers", "schedule": 3600.0, "options": {"expires": 3500}},
    "visits": {"task": "scheduling.sweep", "schedule": 60.0, "options": {"expires": 55}},
}

# --- Logs: allow-listed fields only ----------------------------------------------------------------
LOGGING = logs.CONFIGURATION
