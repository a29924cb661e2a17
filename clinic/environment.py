"""Reads the environment for `clinic.settings`: missing or weak values are refused with the mend.

With DEBUG on, secrets that are not given are made once (`clinic.secret_files`), so that `make run`
needs no preparation. With DEBUG off nothing is guessed.
"""

import base64
import ipaddress
import math
import re
from collections.abc import Callable, Mapping, Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from phonenumbers import SUPPORTED_REGIONS

from clinic.variables import VARIABLES

WEAK_SECRET_LENGTH = 50  # as Django asks, check security.W009
FIELD_KEY_BYTES = 32
FEWEST_DIFFERENT_BYTES = 16  # 32 random bytes have fewer about never

ON, OFF = frozenset({"1", "true", "yes", "on"}), frozenset({"", "0", "false", "no", "off"})
DATABASES = frozenset({"sqlite", "postgres", "postgresql", "psql", "pgsql"})
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
# An @ behind the end of the host: a / ? or # of the password ended it, and the rest would be taken for a path.
CUT_OFF = re.compile(r"(?!sqlite)[^:]*://[^/?#]*[/?#].*@", re.DOTALL)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Read = TypeVar("Read")


def with_secret_files(given: Mapping[str, str]) -> dict[str, str]:
    """The environment, where each secret NAME may stand in the file that NAME_FILE names.

    The line end goes, an empty file counts as not set. Raises ImproperlyConfigured when both are
    given or the file cannot be read.
    """
    found = dict(given)
    for name in (row.name for row in VARIABLES if row.is_secret):
        path = given.get(f"{name}_FILE", "")
        if not path:
            continue
        if given.get(name):
            raise ImproperlyConfigured(f"Both {name} and {name}_FILE are set. Remove one of them.")
        try:
            found[name] = Path(path).read_text().rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{name}_FILE names a file that we cannot read: {path}") from error
    return found


def require(name: str, value: str, mend: str, *, is_must: bool = True) -> str:
    """Return the value, or refuse to start and say how to mend it."""
    if is_must and not value:
        raise ImproperlyConfigured(f"{name} is not set. {mend}")
    return value


def check_secret_key(value: str) -> str:
    """Refuse a key that is short or of few different characters."""
    if (
        len(value) < WEAK_SECRET_LENGTH
        or len(set(value)) < WEAK_SECRET_LENGTH // 4
        or value.startswith("django-insecure")
    ):
        raise ImproperlyConfigured(f"SECRET_KEY is weak: give at least {WEAK_SECRET_LENGTH} random characters.")
    return value


def check_public_base_url(value: str, *, debug: bool) -> str:
    """Refuse anything but an origin; https outside development, because private links travel over it."""
    allowed = ("http", "https") if debug else ("https",)
    try:
        parts = urlsplit(value)
        is_origin = parts.scheme in allowed and bool(parts.hostname) and value == f"{parts.scheme}://{parts.netloc}"
        is_plain = is_origin and parts.username is None and (parts.port is None or parts.port > 0)
    except ValueError:
        is_plain = False
    if not is_plain:
        message = f"PUBLIC_BASE_URL must be {' or '.join(allowed)}:// and a host, as https://book.clinic.example"
        raise ImproperlyConfigured(message)
    return value


def check_allowed_hosts(values: list[str], *, public_base_url: str, debug: bool) -> list[str]:
    """Hosts we serve; the one of our own links is always among them."""
    if not debug and (not values or any(value in {"*", "."} for value in values)):
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS is not set, or holds *. Name the hosts we serve, as book.clinic.example"
        )
    own = urlsplit(public_base_url).hostname or ""
    return values if own in values else [*values, own]


def trusted_proxies(values: list[str], *, debug: bool = False) -> tuple[list[Network], int]:
    """Networks whose X-Forwarded-* headers we believe, or how many proxies always stand before us.

    `10.0.0.0/8,127.0.0.1` names networks, the whole world only in development; a plain `1` counts
    hops and is right only where nobody can reach us past the proxy.
    """
    if len(values) == 1 and values[0].isascii() and values[0].isdigit():
        return [], int(values[0])
    try:
        networks = [ipaddress.ip_network(value, strict=False) for value in values]
    except ValueError as error:
        message = f"TRUSTED_PROXIES takes addresses or networks parted by commas, as 10.0.0.0/8, or one number: {error}"
        raise ImproperlyConfigured(message) from error
    if not debug and any(network.prefixlen == 0 for network in networks):
        raise ImproperlyConfigured("TRUSTED_PROXIES believes everybody. Name the proxy's own network, as 10.0.0.0/8")
    return networks, 0


def check_mfa(value: str, *, debug: bool) -> str:
    """A second factor for staff may be left out in development only."""
    if value not in {"required", "optional"} or (value == "optional" and not debug):
        raise ImproperlyConfigured("STAFF_MFA must be required; optional is only for DEBUG.")
    return value


def boolean(name: str, text: str) -> bool:
    """Whether a switch is on; empty is off. Another word is refused: a `ja` that means off alarms nobody."""
    word = text.strip().lower()
    if word not in ON | OFF:
        raise ImproperlyConfigured(f"{name} must be 1 or 0 (or true, false, yes, no, on, off).")
    return word in ON


def number(name: str, text: str, *, least: float = 0.0) -> float:
    """A finite number that is at least `least`."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < least:
        raise ImproperlyConfigured(f"{name} must be a number, {least:g} or more.")
    return value


def whole_number(name: str, text: str, *, most: int) -> int:
    """A whole number from 1 to `most`."""
    value = number(name, text, least=1)
    if value > most or value != int(value):
        raise ImproperlyConfigured(f"{name} must be a whole number from 1 to {most}.")
    return int(value)


def folder_named(name: str, text: str) -> Path:
    """A folder by name. Empty would be wherever the process was started."""
    return Path(require(name, text.strip(), "Name a folder, as /var/lib/clinic, or leave the variable out.")).resolve()


def countries(values: list[str]) -> list[str]:
    """Countries whose numbers get texts. One that does not exist, or none, would hold back every text."""
    found = [value.strip().upper() for value in values]
    if not found or set(found) - SUPPORTED_REGIONS:
        raise ImproperlyConfigured("TEXT_COUNTRIES takes countries of two letters each, parted by commas, as US,CA")
    return found


def sender(value: str) -> str:
    """The address that e-mails come from, with or without a name before it."""
    try:
        validate_email(parseaddr(value)[1])
    except ValidationError as error:
        raise ImproperlyConfigured("DEFAULT_FROM_EMAIL must be an e-mail address, as care@clinic.example") from error
    return value


def read_url(name: str, value: str, read: Callable[[str], Read]) -> Read:
    """What `read` makes of an address. It is never quoted, as the errors below us would do: it holds a password."""
    try:
        if not CUT_OFF.match(value):
            return read(value)
    except ValueError:
        pass
    raise ImproperlyConfigured(f"{name} cannot be read: percent-encode / @ # : in the password, as %2F %40 %23 %3A")


def _split(value: str) -> SplitResult:
    parts = urlsplit(value)
    int(parts.port or 0)  # raises when it is no number
    return parts


def check_redis_url(value: str) -> str:
    """Refuse another broker: what we tested is Redis."""
    if value and read_url("REDIS_URL", value, _split).scheme not in {"redis", "rediss", "unix"}:
        raise ImproperlyConfigured("REDIS_URL must begin with redis:// or rediss://, as redis://127.0.0.1:6379/0")
    return value


def email_server(value: str, *, debug: bool) -> dict[str, Any]:
    """Django's settings for EMAIL_URL, none when it is not set.

    Outside development letters of patients leave by SMTP only (a console or a file would keep
    them), and a password never in the clear but to this machine. A relay of our own network needs none.
    """
    if not value:
        return {}
    parts = read_url("EMAIL_URL", value, _split)
    is_plain = parts.scheme == "smtp" and (parts.hostname in THIS_MACHINE or (parts.hostname and not parts.username))
    if not (debug or is_plain or (parts.scheme in {"smtps", "smtp+tls", "smtp+ssl"} and parts.hostname)):
        message = "EMAIL_URL must be smtp+tls:// or smtp+ssl://, as smtp+tls://user:password@host:587"
        raise ImproperlyConfigured(f"{message} (smtp:// would send the password in the clear)")
    return dict(environ.Env.email_url_config(value))


def check_twilio_base_url(value: str, *, debug: bool) -> str:
    """Texts and the account's token travel over it: https, or this machine."""
    try:
        parts = urlsplit(value)
        is_safe = debug or not value or parts.scheme == "https" or parts.hostname in THIS_MACHINE
    except ValueError:
        is_safe = False
    if not is_safe:
        raise ImproperlyConfigured("TWILIO_API_BASE_URL must begin with https://, or be left out: it carries the token")
    return value


def database_at(value: str, *, debug: bool) -> dict[str, Any]:
    """The connection that DATABASE_URL names. Refuses an engine that lacks our booking guard, and one that forgets."""
    found: dict[str, Any] = {}
    if value.partition("://")[0] in DATABASES:  # about others the reader warns, and shows the password
        found = read_url("DATABASE_URL", value, environ.Env.db_url_config)
    name = found.get("NAME") or found.get("OPTIONS", {}).get("service")
    if not name or (name == ":memory:" and not debug):
        raise ImproperlyConfigured("DATABASE_URL must be postgres://user:password@host:5432/name or sqlite:///path")
    return found


def with_database_options(database: dict[str, Any], folder: Path, arguments: Sequence[str] = ()) -> dict[str, Any]:
    """The connection as the product needs it on either engine; a SQLite database stands in `folder`."""
    if database["ENGINE"] == "django.db.backends.sqlite3":
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds the patients: for us alone
        database["OPTIONS"] = {
            "timeout": 20,  # seconds a writer waits for another
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        }
        # In-memory databases lie about races, so tests use a file (xdist adds its worker's name).
        return {**database, "TEST": {"NAME": str(folder / "test.sqlite3")}}
    longest = 0 if arguments[1:2] == ["migrate"] else 15000  # an index on a grown table takes its time
    options = database.setdefault("OPTIONS", {})
    options.setdefault("connect_timeout", 3)
    options.setdefault("options", f"-c statement_timeout={longest} -c lock_timeout=10000")
    return {**database, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


def check_voice(*, is_on: bool, is_configured: bool, caller: str) -> bool:
    """Refuse calls that nobody would get: they need the account and a number of its own, not a service."""
    if is_on and not (is_configured and caller):
        message = (
            "TWILIO_VOICE_ALERTS needs TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM, a number with voice."
        )
        raise ImproperlyConfigured(f"{message} Give them, or leave it off.")
    return is_on


def all_or_none(values: dict[str, str], *, mend: str) -> bool:
    """Whether the group is given. Raises when only a part of it is."""
    absent = [name for name, value in values.items() if not value]
    if absent and len(absent) < len(values):
        message = f"{', '.join(absent)} not set although {', '.join(n for n in values if n not in absent)} is. {mend}"
        raise ImproperlyConfigured(message)
    return not absent


def parse_key_ring(text: str) -> dict[str, bytes]:
    """Read `FIELD_KEYS`: `name:base64` pairs parted by commas, first one writes.

    Raises ImproperlyConfigured when a key is not 32 bytes, a name repeats or holds a dot.
    """
    ring: dict[str, bytes] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, colon, encoded = pair.partition(":")
        if not colon or not name or "." in name or name in ring:
            # Not quoted: what stands there may be the key itself.
            raise ImproperlyConfigured("FIELD_KEYS takes name:key pairs, each name once and without a dot, as k1:...")
        ring[name] = _field_key(name, encoded)
    if not ring:
        raise ImproperlyConfigured("FIELD_KEYS holds no key. Give k1: and the output of `openssl rand -base64 32`.")
    return ring


def _field_key(name: str, encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, altchars=b"-_" if set(encoded) & set("-_") else None, validate=True)
    except ValueError as error:
        message = f"FIELD_KEYS: the key {name} is not base64. Make one: openssl rand -base64 32"
        raise ImproperlyConfigured(message) from error
    if len(key) != FIELD_KEY_BYTES or len(set(key)) < FEWEST_DIFFERENT_BYTES:
        message = f"FIELD_KEYS: the key {name} must be {FIELD_KEY_BYTES} random bytes: openssl rand -base64 32"
        raise ImproperlyConfigured(message)
    return key
