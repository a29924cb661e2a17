"""Two records of one person become one, and can be parted again for a week.

Every row of every desk that names the absorbed record names the kept one afterwards, whichever table it
stands in; nothing is deleted, closed or sent. Consents stay with their addresses, private links with
their request or visit, so both go on working.
"""

import datetime as dt
import uuid

from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone

from clinic.history import is_history
from clinic.models import User
from intake.errors import MergeError
from intake.merging import settle_matches, unsettle
from intake.models import CallClaim, ConsultationRequest, Patient, PatientMerge, PossibleMatch
from scheduling.models import LIVE, Appointment

UNDO_FOR = dt.timedelta(days=7)
STAYS = (PossibleMatch, PatientMerge, CallClaim)  # what says that there were two records goes on saying so
REQUESTS = "intake.ConsultationRequest.patient"


def merge_patients(*, kept: Patient, absorbed: Patient, by: User, reason: str) -> PatientMerge:
    """Make the kept record hold everything. Raises MergeError, and then nothing was changed."""
    if not reason.strip():
        raise MergeError("Say how you know that this is one person.")
    try:
        with transaction.atomic():
            return _merge(kept.pk, absorbed.pk, by, reason.strip())
    except IntegrityError as error:
        raise MergeError(
            "Nothing was changed: the two records do not fit together just now. Open the page again."
        ) from error


def undo_merge(*, merge: PatientMerge, by: User, now: dt.datetime | None = None) -> PatientMerge:
    """Give everything back to the record it came from. Raises MergeError. Undone twice, it is undone once."""
    moment = now or timezone.now()
    with transaction.atomic():
        _lock(merge.kept_id, merge.absorbed_id)
        standing = PatientMerge.objects.select_for_update().get(pk=merge.pk)
        if standing.undone_at is not None:
            return standing
        if moment > standing.created_at + UNDO_FOR:
            raise MergeError("This was more than seven days ago, so it stays.")
        if PatientMerge.objects.filter(absorbed=standing.kept_id, undone_at=None).exists():
            raise MergeError("The kept record was merged into another one later. Undo that one first.")
        for model, field in named_by():
            _give_back(model, field, standing)
        Patient.objects.filter(pk=standing.absorbed_id).update(merged_into=None)
        unsettle(standing.settled)
        standing.undone_at, standing.undone_by = moment, by
        standing.save(update_fields=["undone_at", "undone_by", "updated_at"])
        return standing


def named_by() -> list[tuple[type[models.Model], str]]:
    """Each table and column that names a patient, but those that say that there were two records."""
    relations = Patient._meta.get_fields(include_hidden=True)  # noqa: SLF001 - Django's documented name
    found = [
        (relation.related_model, relation.field.name)
        for relation in relations
        if isinstance(relation, models.ManyToOneRel)
        and relation.related_model not in STAYS
        and not is_history(relation.related_model)  # copies say what was
        and not relation.field.unique  # at most one a person, as who is calling them now: it stays and runs out
    ]
    return sorted(found, key=_label_of)


def visits_at_once(one: Patient, other: Patient) -> list[Appointment]:
    """Live visits of both records at the same time: one person cannot hold them."""
    theirs = Appointment.objects.filter(patient=other, status__in=LIVE, starts_at__lt=models.OuterRef("ends_at"))
    over = theirs.filter(ends_at__gt=models.OuterRef("starts_at"), is_overbooked=False)
    return list(Appointment.objects.filter(models.Exists(over), patient=one, status__in=LIVE, is_overbooked=False))


def _merge(kept_id: uuid.UUID, absorbed_id: uuid.UUID, by: User, reason: str) -> PatientMerge:
    people = _lock(kept_id, absorbed_id)
    kept, absorbed = people[kept_id], people[absorbed_id]
    if kept == absorbed:
        raise MergeError("These are the same record.")
    if kept.merged_into_id or absorbed.merged_into_id:
        raise MergeError("A colleague merged one of these records meanwhile. Open the page again.")
    if visits_at_once(kept, absorbed):
        raise MergeError("Both records have a visit at the same time. Move or cancel one of them first.")
    settled = settle_matches(kept=kept, absorbed=absorbed, by=by)
    moved = {_label_of(named): _move(*named, absorbed, kept) for named in named_by()}
    Patient.objects.filter(pk=absorbed.pk).update(merged_into=kept)
    return PatientMerge.objects.create(
        kept=kept,
        absorbed=absorbed,
        merged_by=by,
        reason=reason[:300],
        moved={label: ids for label, ids in moved.items() if ids},
        settled=settled,
    )


def _lock(*ids: uuid.UUID) -> dict[uuid.UUID, Patient]:
    """The records, always locked in one order. SQLite has one writer anyway."""
    return {one.pk: one for one in Patient.objects.select_for_update().filter(pk__in=ids).order_by("pk")}


def _label_of(named: tuple[type[models.Model], str]) -> str:
    model, field = named
    return f"{model._meta.label}.{field}"  # noqa: SLF001 - Django's documented name


def _move(model: type[models.Model], field: str, absorbed: Patient, kept: Patient) -> list[str]:
    rows = model._default_manager.filter(**{field: absorbed}).order_by("pk")  # noqa: SLF001 - as above
    ids = [str(pk) for pk in rows.values_list("pk", flat=True)]
    _name(model, field, ids, kept.pk)
    return ids


def _give_back(model: type[models.Model], field: str, merge: PatientMerge) -> None:
    """What was moved, and what was made since about a request that was moved."""
    mine = Q(pk__in=merge.moved.get(_label_of((model, field)), ()))
    if model is not ConsultationRequest and _has(model, "request") and _has(model, "created_at"):
        mine |= Q(request__in=merge.moved.get(REQUESTS, ()), created_at__gte=merge.created_at)
    rows = model._default_manager.filter(mine, **{field: merge.kept_id})  # noqa: SLF001 - as above
    _name(model, field, [str(pk) for pk in rows.values_list("pk", flat=True)], merge.absorbed_id)


def _name(model: type[models.Model], field: str, ids: list[str], patient_id: uuid.UUID) -> None:
    """One row at a time, so that a history kept by the row's `save()` has it; nothing but the name changes."""
    for row in model._default_manager.filter(pk__in=ids).only("pk", field).order_by("pk"):  # noqa: SLF001 - as above
        setattr(row, f"{field}_id", patient_id)
        row.save(update_fields=[field])


def _has(model: type[models.Model], field: str) -> bool:
    try:
        model._meta.get_field(field)  # noqa: SLF001 - as above
    except FieldDoesNotExist:
        return False
    return True
