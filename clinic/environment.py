"""Reads the environment for `clinic.settings`: missing or weak values are refused with the mend.

With DEBUG on, secrets that are not given are made once and kept under DATA_DIR, so that
`make run` needs no preparation. With DEBUG off nothing is guessed.
"""

import base64
import ipaddress
import json
import math
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from clinic.variables import VARIABLES

WEAK_SECRET_LENGTH = 50  # as Django asks, check security.W009
FIELD_KEY_BYTES = 32
FEWEST_DIFFERENT_BYTES = 16  # 32 random bytes have fewer about never

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


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
            message = f"Both {name} and {name}_FILE are set. Remove one of them."
            raise ImproperlyConfigured(message)
        try:
            found[name] = Path(path).read_text().rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            message = f"{name}_FILE names a file that we cannot read: {path}"
            raise ImproperlyConfigured(message) from error
    return found


def require(name: str, value: str, mend: str) -> str:
    """Return the value, or refuse to start and say how to mend it."""
    if not value:
        message = f"{name} is not set. {mend}"
        raise ImproperlyConfigured(message)
    return value


def development_secrets(folder: Path) -> dict[str, str]:
    """Secrets of a development installation, made on first use and readable by its owner only."""
    path = folder / "development-secrets.json"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "FIELD_KEYS": f"k1:{base64.b64encode(os.urandom(32)).decode()}",
        }
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(made))
        draft.chmod(0o600)
        try:
            os.link(draft, path)  # two processes that start together agree on the first one's secrets
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    secret_values: dict[str, str] = json.loads(path.read_text())
    return secret_values


def check_secret_key(value: str) -> str:
    """Refuse a key that is short or of few different characters."""
    if (
        len(value) < WEAK_SECRET_LENGTH
        or len(set(value)) < WEAK_SECRET_LENGTH // 4
        or value.startswith("django-insecure")
    ):
        message = f"SECRET_KEY is weak: give at least {WEAK_SECRET_LENGTH} random characters."
        raise ImproperlyConfigured(message)
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


def trusted_proxies(values: list[str]) -> tuple[list[Network], int]:
    """Networks whose X-Forwarded-* headers we believe, or how many proxies always stand before us.

    `10.0.0.0/8,127.0.0.1` names networks; a plain `1` counts hops and is right only where nobody
    can reach us past the proxy.
    """
    if len(values) == 1 and values[0].isascii() and values[0].isdigit():
        return [], int(values[0])
    try:
        return [ipaddress.ip_network(value, strict=False) for value in values], 0
    except ValueError as error:
        message = f"TRUSTED_PROXIES takes addresses or networks parted by commas, as 10.0.0.0/8, or one number: {error}"
        raise ImproperlyConfigured(message) from error


def check_mfa(value: str, *, debug: bool) -> str:
    """A second factor for staff may be left out in development only."""
    if value not in {"required", "optional"} or (value == "optional" and not debug):
        raise ImproperlyConfigured("STAFF_MFA must be required; optional is only for DEBUG.")
    return value


def number(name: str, text: str, *, least: float = 0.0) -> float:
    """A finite number that is at least `least`."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < least:
        message = f"{name} must be a number, {least:g} or more."
        raise ImproperlyConfigured(message)
    return value


def check_redis_url(value: str) -> str:
    """Refuse another broker: what we tested is Redis."""
    if value and urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
        raise ImproperlyConfigured("REDIS_URL must begin with redis:// or rediss://, as redis://127.0.0.1:6379/0")
    return value


def check_email_url(value: str, *, debug: bool) -> str:
    """Outside development e-mail leaves by SMTP: a console or a file would keep letters of patients."""
    if value and not debug and not urlsplit(value).scheme.startswith("smtp"):
        raise ImproperlyConfigured("EMAIL_URL must be smtp://, smtp+tls:// or smtp+ssl://, as smtp+tls://user@host:587")
    return value


def check_twilio_base_url(value: str, *, debug: bool) -> str:
    """Texts and the account's token travel over it: https, or this machine."""
    try:
        parts = urlsplit(value)
        is_safe = debug or not value or parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1", "::1"}
    except ValueError:
        is_safe = False
    if not is_safe:
        raise ImproperlyConfigured("TWILIO_API_BASE_URL must begin with https://, or be left out: it carries the token")
    return value


def check_database(database: dict[str, Any]) -> dict[str, Any]:
    """Refuse an engine that lacks our booking guard."""
    if database.get("ENGINE") not in {"django.db.backends.sqlite3", "django.db.backends.postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must be postgres://user:password@host:5432/name or sqlite:///path")
    return database


def with_database_options(database: dict[str, Any], folder: Path) -> dict[str, Any]:
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
    options = database.setdefault("OPTIONS", {})
    options.setdefault("connect_timeout", 3)
    options.setdefault("options", "-c statement_timeout=15000 -c lock_timeout=10000")
    return {**database, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


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
