"""What each environment variable is, for people: `make docs` writes docs/configuration.md from this.

`clinic.settings` reads them; a test keeps the two in step, name by name, with the same ones a must.
"""

from typing import NamedTuple


class Variable(NamedTuple):
    """One row of the table. `default` is what holds when it is not set; texts are Markdown.

    A secret may be given as a file, by `<name>_FILE`.
    """

    name: str
    default: str
    meaning: str
    is_must: bool = False
    is_secret: bool = False


VARIABLES = (
    Variable(
        "DEBUG",
        "off (`make run`: on)",
        "development: embedded database and broker, made-up secrets, technical error pages",
    ),
    Variable("DATA_DIR", "`var/`", "database, broker and static files of the embedded set-up"),
    Variable("PORT", "8000", "what the web server listens on"),
    Variable(
        "SECRET_KEY",
        "made once under `DATA_DIR`",
        "signs sessions, forms and private links; at least 50 random characters",
        is_must=True,
        is_secret=True,
    ),
    Variable(
        "FIELD_KEYS",
        "made once under `DATA_DIR`",
        "`k2:base64,k1:base64`, 32 bytes each; the first one writes",
        is_must=True,
        is_secret=True,
    ),
    Variable(
        "PUBLIC_BASE_URL",
        "`http://localhost:PORT`",
        "https origin in every private link and callback; up to 40 characters keep each text in one part",
        is_must=True,
    ),
    Variable("ALLOWED_HOSTS", "localhost", "hosts we serve, parted by commas", is_must=True),
    Variable(
        "TRUSTED_PROXIES",
        "none",
        "addresses or networks whose `X-Forwarded-*` headers we believe (not the whole world), or one number: how many proxies always stand before us",
    ),
    Variable(
        "DATABASE_URL",
        "SQLite under `DATA_DIR`",
        "`postgres://user:password@host:5432/name`; `sqlite:///path` for one machine",
        is_must=True,
        is_secret=True,
    ),
    Variable("REDIS_URL", "filesystem broker under `DATA_DIR`", "`redis://host:6379/0`", is_must=True, is_secret=True),
    Variable(
        "EMAIL_URL",
        "none: e-mails are simulated",
        "`smtp+tls://user:password@host:587` STARTTLS, `smtp+ssl://` implicit TLS; `smtp://`, without TLS, only to this machine or a relay that takes no password",
        is_must=True,
        is_secret=True,
    ),
    Variable("EMAIL_TIMEOUT", "10", "seconds"),
    Variable("DEFAULT_FROM_EMAIL", "care@clinic.example", "sender", is_must=True),
    Variable("TWILIO_ACCOUNT_SID", "none: texts are simulated", "give account, token and a sender, or none of them"),
    Variable("TWILIO_AUTH_TOKEN", "", "also checks the signature of callbacks", is_secret=True),
    Variable("TWILIO_FROM", "", "sending number"),
    Variable("TWILIO_MESSAGING_SERVICE_SID", "", "sending service; wins over `TWILIO_FROM`"),
    Variable("TWILIO_API_BASE_URL", "Twilio's", "points the SDK at another host, for tests"),
    Variable(
        "TWILIO_VOICE_ALERTS",
        "off",
        "also call the numbers of staff on call; refused without `TWILIO_FROM`, a number with voice",
    ),
    Variable("MESSAGE_KEEP_DAYS", "365", "days after which `purge_expired` removes address and text of messages"),
    Variable("TEXTS_PER_SECOND", "10", "how fast one sending number sends; carriers slow down or drop what is faster"),
    Variable(
        "TEXTS_PER_DAY",
        "2000",
        "most texts to patients in a day, over all numbers; the rest waits and the desk is told",
    ),
    Variable("TEXT_COUNTRIES", "US,CA", "countries whose numbers get texts, two letters each, parted by commas"),
    Variable("STAFF_MFA", "required (`optional` with `DEBUG`)", "`optional` is refused with `DEBUG` off"),
    Variable("RATE_LIMIT_FACTOR", "1", "multiplies the public rate limits; larger for load tests"),
    Variable("FORM_MIN_SECONDS", "3", "a form sent faster than this is asked again"),
    Variable("DEMO_PASSWORD", "random, printed once", "password of the demo staff", is_secret=True),
)
