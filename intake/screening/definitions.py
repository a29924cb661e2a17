"""Questionnaires in use: shipped drafts come in, the medical director signs, and what is signed stays as it is."""

import datetime as dt
import difflib
import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils import timezone

from clinic.models import User
from clinic.roles import Role, has_role
from clinic.triggers import is_last_app
from intake.errors import DefinitionError, NotSignableError
from intake.models import Questionnaire
from intake.screening import shipped
from intake.screening.definition_text import text_of
from intake.screening.validation import problems

SHIPPED_NOTE = "As shipped"
Status = Questionnaire.Status


def digest_of(definition: Mapping[str, Any]) -> str:
    """SHA-256 of a definition, whatever the order of its keys and wherever the database keeps it."""
    return hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()


def columns_of(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that repeat what the definition says."""
    return {
        "url": definition["url"],
        "version": definition["version"],
        "language": definition["language"],
        "title": definition["title"],
        "instrument": shipped.instrument_of(dict(definition)),
        "definition": definition,
        "digest": digest_of(definition),
    }


def current(instrument: str, language: str = "en") -> Questionnaire | None:
    """The signed version in use; None when nobody signed one, or not in this language."""
    return Questionnaire.objects.filter(instrument=instrument, language=language, status=Status.PUBLISHED).first()


def install_drafts() -> int:
    """Bring in every shipped version that is not here yet, unsigned, and mend shipped drafts that nobody touched.

    Returns how many came in.
    """
    came = 0
    for definition in shipped.everything_shipped():
        columns = columns_of(definition)
        key = {name: columns.pop(name) for name in ("url", "version", "language")}
        _row, made = Questionnaire.objects.get_or_create(**key, defaults={**columns, "change_note": SHIPPED_NOTE})
        came += made
        untouched = Questionnaire.objects.filter(**key, status=Status.DRAFT, change_note=SHIPPED_NOTE)
        untouched.exclude(digest=columns["digest"]).update(**columns, updated_at=timezone.now())
    return came


def install_after_migrate(*, app_config: AppConfig, using: str = DEFAULT_DB_ALIAS, **_kwargs: Any) -> None:
    """Receiver of `post_migrate`; nothing to do while the table is not there, as after migrating back."""
    table = Questionnaire._meta.db_table  # noqa: SLF001 - Django's documented name
    if is_last_app(app_config) and table in connections[using].introspection.table_names():
        install_drafts()


def new_draft(*, of: Questionnaire) -> Questionnaire:
    """A draft of the next version, to edit. The draft that stands already, when there is one."""
    standing = Questionnaire.objects.filter(instrument=of.instrument, language=of.language, status=Status.DRAFT)
    draft = standing.order_by("-created_at", "-pk").first()
    if draft is not None:
        return draft
    taken = set(Questionnaire.objects.filter(url=of.url, language=of.language).values_list("version", flat=True))
    version = of.version
    while version in taken:
        version = _next(version)
    definition = {**of.definition, "version": version, "status": "draft"}
    return Questionnaire.objects.create(**columns_of(definition))


def _next(version: str) -> str:
    """1.0.0, 1.0.1 ...: the last number goes up; one is added where there is none."""
    head, dot, last = version.rpartition(".")
    return f"{head}{dot}{int(last) + 1}" if last.isdecimal() else f"{version}.1"


def change_draft(*, draft_id: uuid.UUID, definition: Mapping[str, Any], change_note: str) -> None:
    """Keep an edited draft. Raises DefinitionError naming each place, NotSignableError when it is no draft any more."""
    found = problems(definition)
    if found:
        raise DefinitionError(found)
    others = Questionnaire.objects.exclude(pk=draft_id)
    key = {name: definition[name] for name in ("url", "version", "language")}
    if others.filter(**key).exists():
        raise DefinitionError(["version: this version is here already; write a higher one."])
    changed = Questionnaire.objects.filter(pk=draft_id, status=Status.DRAFT).update(
        **columns_of(definition), change_note=change_note, updated_at=timezone.now()
    )
    if not changed:
        raise NotSignableError("This questionnaire was signed meanwhile. Make a new version to change it.")


def sign(*, questionnaire_id: uuid.UUID, digest: str, by: User, now: dt.datetime | None = None) -> Questionnaire:
    """Put a draft into use in place of the version before it. `digest` is of what the signer was shown.

    Raises NotSignableError (not a medical director, or not what was shown any more) and DefinitionError.
    """
    if not has_role(by, Role.MEDICAL_DIRECTOR):
        raise NotSignableError("Only the medical director signs questionnaires.")
    moment = now or timezone.now()
    with transaction.atomic():
        draft = Questionnaire.objects.select_for_update().get(pk=questionnaire_id)
        if draft.status != Status.DRAFT or draft.digest != digest:
            raise NotSignableError("This draft changed since you opened it. Read it again, then sign.")
        found = problems(draft.definition)
        if found:
            raise DefinitionError(found)
        definition = {**draft.definition, "status": "active", "date": moment.date().isoformat()}
        Questionnaire.objects.filter(
            instrument=draft.instrument, language=draft.language, status=Status.PUBLISHED
        ).update(status=Status.RETIRED, updated_at=moment)
        Questionnaire.objects.filter(pk=draft.pk).update(
            **columns_of(definition), status=Status.PUBLISHED, signed_by=by, signed_at=moment, updated_at=moment
        )
    draft.refresh_from_db()
    return draft


def sign_shipped(*, by: User) -> int:
    """For the demo: put each shipped draft into use whose instrument has no version in use. Returns how many."""
    install_drafts()
    signed = 0
    for draft in Questionnaire.objects.filter(status=Status.DRAFT, change_note=SHIPPED_NOTE):
        if current(draft.instrument, draft.language) is None:
            sign(questionnaire_id=draft.pk, digest=draft.digest, by=by)
            signed += 1
    return signed


def changes(draft: Questionnaire) -> list[str]:
    """What a draft changes in the version in use, as lines beginning with +, - or a space; [] for no change."""
    signed = current(draft.instrument, draft.language)
    before = text_of(_without_signing(signed.definition)).splitlines() if signed else []
    after = text_of(_without_signing(draft.definition)).splitlines()
    return list(difflib.unified_diff(before, after, lineterm="", n=3))[2:]


def _without_signing(definition: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in definition.items() if name not in {"status", "date"}}
