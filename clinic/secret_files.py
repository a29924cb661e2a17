"""Writes the secrets of a production installation as files, `make secrets`, and those of a development one.

Each file is what a variable `<NAME>_FILE` points at; docker-compose.yml mounts them. A file that
exists stays as it is. The folder is closed to other users; the files are readable inside it,
because a container reads them under another user's number.
"""

import base64
import json
import os
import secrets
import sys
from pathlib import Path


def contents() -> dict[str, str]:
    """File name -> fresh content. The last two stay empty until somebody fills them in."""
    database, broker = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    return {
        "secret_key": secrets.token_urlsafe(50),
        "field_keys": f"k1:{base64.b64encode(os.urandom(32)).decode()}",
        "postgres_password": database,
        "database_url": f"postgres://clinic:{database}@postgres:5432/clinic",
        "redis_conf": f'requirepass {broker}\nsave ""\nappendonly no',
        "redis_url": f"redis://:{broker}@redis:6379/0",
        "email_url": "",
        "twilio_auth_token": "",
    }


def write(folder: Path) -> list[str]:
    """Write what is not there yet; returns the names written."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)  # always: it alone protects the files, and a folder that exists keeps its mode otherwise
    written = []
    fresh = contents()
    # Passwords stand in two files each: they are made together or not at all.
    for group in (("postgres_password", "database_url"), ("redis_conf", "redis_url")):
        if any((folder / name).exists() for name in group):
            fresh = {name: text for name, text in fresh.items() if name not in group}
    for name, text in fresh.items():
        path = folder / name
        if not path.exists():
            path.write_text(f"{text}\n" if text else "")
            path.chmod(0o444 if text else 0o644)
            written.append(name)
    return written


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


if __name__ == "__main__":
    sys.stdout.write(f"Written: {', '.join(write(Path(sys.argv[1]))) or 'nothing, all there'}\n")
