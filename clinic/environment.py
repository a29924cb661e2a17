"""Reads the environment for `clinic.settings`: missing or weak values are refused with the mend.

With DEBUG on, secrets that are not given are made once and kept under DATA_DIR, so that
`make run` needs no preparation. With DEBUG off nothing is guessed.
"""

import base64
import ipaddress
import json
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

WEAK_SECRET_LENGTH = 40
FIELD_KEY_BYTES = 32


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
        folder.mkdir(parents=True, exist_ok=True)
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
    allowed = ("http://", "https://") if debug else ("https://",)
    if not value.startswith(allowed) or value.count("/") != len(("https:", "", "host")) - 1:
        message = (
            f"PUBLIC_BASE_URL must be {' or '.join(allowed)} and a host, without a path, as https://book.clinic.example"
        )
        raise ImproperlyConfigured(message)
    return value


def trusted_proxies(values: list[str]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Networks whose X-Forwarded-* headers we believe: addresses or CIDR networks."""
    try:
        return [ipaddress.ip_network(value, strict=False) for value in values]
    except ValueError as error:
        message = f"TRUSTED_PROXIES takes addresses or networks parted by commas, as 10.0.0.0/8: {error}"
        raise ImproperlyConfigured(message) from error


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
        name, _, encoded = pair.partition(":")
        try:
            key = base64.b64decode(encoded, altchars=b"-_", validate=True)
        except ValueError as error:
            message = f"FIELD_KEYS: the key {name!r} is not base64"
            raise ImproperlyConfigured(message) from error
        if not name or "." in name or name in ring or len(key) != FIELD_KEY_BYTES:
            message = f"FIELD_KEYS: {name!r} must be a new name without a dot, with 32 bytes in base64"
            raise ImproperlyConfigured(message)
        ring[name] = key
    return ring
