"""Seals the ledgers in a chain, so that a changed, removed or inserted row is found.

Triggers refuse such changes; who owns the database can take the triggers away. Each night the rows
written since the last seal are hashed together with that seal's digest. `verify()` hashes them again.
Encrypted columns are left out, because a rotated key writes them anew; they have their own check,
AES-GCM. Keep the digest that `verify_audit` prints somewhere else: whoever also holds SECRET_KEY could
make the whole chain anew, and only that shows it.
"""

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from clinic import triggers
from clinic.crypto import EncryptedField
from clinic.models import AuditSeal

EVERY = dt.timedelta(hours=20)
SETTLED_AFTER = dt.timedelta(minutes=10)  # no transaction is open so long: no lower id can still appear
CHUNK = 2000
CLOCK_COLUMNS = ("at", "occurred_at")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with the rows of one seal, or with the seal itself."""

    table: str
    first_id: int
    last_id: int
    what: str

    def __str__(self) -> str:
        return f"{self.table} {self.first_id}-{self.last_id}: {self.what}"


def ledgers() -> list[type[models.Model]]:
    """The append-only tables that number their rows and say when each was written, by name."""
    found = [
        model
        for model in apps.get_models()
        if triggers.is_append_only(model._meta.db_table)  # noqa: SLF001 - Django's documented name
        and isinstance(model._meta.pk, models.BigAutoField)  # noqa: SLF001 - as above
        and _clock(model)
    ]
    return sorted(found, key=lambda model: model._meta.db_table)  # noqa: SLF001 - as above


def seal_due() -> list[AuditSeal]:
    """Seal each ledger whose last seal is from before last night. Safe to call often and twice at once."""
    now = timezone.now()
    return [
        made
        for model in ledgers()
        if not _seals(model).filter(sealed_at__gt=now - EVERY).exists() and (made := seal(model, now=now))
    ]


def seal(model: type[models.Model], *, now: dt.datetime) -> AuditSeal | None:
    """Seal what was written since the last seal; nothing when there is nothing, or another process did."""
    last = _seals(model).last()
    first_id = last.last_id + 1 if last else 1
    settled = _all(model).filter(pk__gte=first_id, **{f"{_clock(model)}__lte": now - SETTLED_AFTER})
    last_id = settled.order_by("-pk").values_list("pk", flat=True).first()
    if last_id is None:
        return None
    columns = _columns(model)
    digest, rows = _digest(model, columns, first_id, last_id, last.digest if last else "")
    try:
        with transaction.atomic():
            return AuditSeal.objects.create(
                table=_table(model),
                first_id=first_id,
                last_id=last_id,
                rows=rows,
                columns=columns,
                digest=digest,
                signature=_signature(_table(model), digest, settings.SECRET_KEY),
            )
    except IntegrityError:
        return None


def verify(*, earlier_keys: tuple[str, ...] = ()) -> Iterator[Problem]:
    """Every problem of every ledger. `earlier_keys` are SECRET_KEYs under which older seals were signed."""
    for model in ledgers():
        earlier, next_id = "", 1
        for one in _seals(model).iterator(chunk_size=CHUNK):
            for what in _problems(model, one, earlier, next_id, (settings.SECRET_KEY, *earlier_keys)):
                yield Problem(table=one.table, first_id=one.first_id, last_id=one.last_id, what=what)
            earlier, next_id = one.digest, one.last_id + 1


def unsealed(model: type[models.Model]) -> int:
    """How many rows stand behind the last seal of a ledger."""
    last = _seals(model).last()
    return _all(model).filter(pk__gt=last.last_id if last else 0).count()


def heads() -> dict[str, str]:
    """The digest of the newest seal of each ledger: what to keep somewhere else."""
    newest = {_table(model): _seals(model).last() for model in ledgers()}
    return {table: one.digest for table, one in newest.items() if one}


def _problems(
    model: type[models.Model], one: AuditSeal, earlier: str, next_id: int, keys: tuple[str, ...]
) -> Iterator[str]:
    if one.first_id != next_id:
        yield f"a seal is missing before it: it should begin at {next_id}"
    signatures = [_signature(one.table, one.digest, key) for key in keys]
    if not any(hmac.compare_digest(one.signature, signature) for signature in signatures):
        yield "the seal was not signed by us, or under another SECRET_KEY"
    try:
        digest, rows = _digest(model, one.columns, one.first_id, one.last_id, earlier)
    except FieldDoesNotExist:
        yield "a column that was sealed is no longer there"
        return
    if rows != one.rows:
        yield f"{one.rows} rows were sealed, {rows} stand there"
    elif not hmac.compare_digest(digest, one.digest):
        yield "a row was changed"


def _digest(
    model: type[models.Model], columns: list[str], first_id: int, last_id: int, earlier: str
) -> tuple[str, int]:
    """SHA-256 over the earlier digest and the rows in order, and how many they are."""
    for column in columns:
        model._meta.get_field(column)  # noqa: SLF001 - Django's documented name
    digest = hashlib.sha256(json.dumps([earlier, _table(model), columns]).encode())
    rows = 0
    found = _all(model).filter(pk__gte=first_id, pk__lte=last_id).order_by("pk").values_list(*columns)
    for row in found.iterator(chunk_size=CHUNK):
        digest.update(json.dumps([_plain(value) for value in row], sort_keys=True).encode() + b"\n")
        rows += 1
    return digest.hexdigest(), rows


def _plain(value: Any) -> Any:
    """The same text on both engines."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return value if isinstance(value, bool | int | str | list | dict | None) else str(value)


def _columns(model: type[models.Model]) -> list[str]:
    fields = model._meta.concrete_fields  # noqa: SLF001 - Django's documented name
    return [field.name for field in fields if not isinstance(field, EncryptedField)]


def _all(model: type[models.Model]) -> models.QuerySet[Any]:
    return model._default_manager.all()  # noqa: SLF001 - Django's documented name


def _clock(model: type[models.Model]) -> str:
    names = {field.name for field in model._meta.concrete_fields}  # noqa: SLF001 - Django's documented name
    return next((name for name in CLOCK_COLUMNS if name in names), "")


def _seals(model: type[models.Model]) -> models.QuerySet[AuditSeal]:
    return AuditSeal.objects.filter(table=_table(model)).order_by("id")


def _table(model: type[models.Model]) -> str:
    return str(model._meta.db_table)  # noqa: SLF001 - Django's documented name


def _signature(table: str, digest: str, key: str) -> str:
    return salted_hmac("clinic.audit", f"{table}|{digest}", secret=key, algorithm="sha256").hexdigest()
