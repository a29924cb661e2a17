"""People, their answers, scores, consents and visits as FHIR R4, one Bundle a line."""

import datetime as dt
import json
import os
import tempfile
import uuid
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.fhir import Resource
from clinic.models import ClinicProfile
from intake.models import ConsultationRequest, Patient
from scheduling.records.export import bundles_of, bundles_since


class Command(BaseCommand):
    """`export_fhir [--patient ID | --request ID or reference | --since DATE] [--with-substance-use] [--output FILE]`."""

    help = "Write FHIR R4 Bundles (NDJSON, one person a line). Answers about substance use stay out unless asked for."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--patient", type=uuid.UUID, help="the id of one person")
        which.add_argument("--request", help="the id or the reference of one request")
        which.add_argument("--since", type=_moment, help="a date or an ISO time: who changed since then")
        parser.add_argument("--with-substance-use", action="store_true", help="with AUDIT-C, drug use and the like")
        parser.add_argument("--output", type=Path, help="a file that only its owner can read; else standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        bundles = _chosen(options)
        lines = (json.dumps(bundle, ensure_ascii=False, separators=(",", ":")) for bundle in bundles)
        if options["output"] is None:
            for line in lines:
                self.stdout.write(line)
            return
        try:
            count = _write(options["output"], lines)
        except OSError as error:
            message = f"{options['output']} cannot be written: {error.strerror}."
            raise CommandError(message) from error
        self.stderr.write(f"{count} exported")


def _chosen(options: dict[str, Any]) -> Iterator[Resource]:
    whole = bool(options["with_substance_use"])
    if options["patient"]:
        if not Patient.objects.filter(pk=options["patient"]).exists():
            message = "Nobody has this id."
            raise CommandError(message)
        return bundles_of(options["patient"], with_substances=whole)
    if options["request"]:
        found = _request(options["request"])
        return bundles_of(found.patient_id, request_id=found.pk, with_substances=whole)
    return bundles_since(options["since"], with_substances=whole)


def _request(name: str) -> ConsultationRequest:
    try:
        found = ConsultationRequest.objects.filter(pk=uuid.UUID(name)).first()
    except ValueError:
        found = ConsultationRequest.objects.filter(reference=name.upper().replace("-", "")).first()
    if found is None:
        message = "No request has this id or reference."
        raise CommandError(message)
    return found


def _write(path: Path, lines: Iterator[str]) -> int:
    """All or nothing: an interrupted export leaves what was there before."""
    count = 0
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # for its owner alone
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            for line in lines:
                file.write(f"{line}\n")
                count += 1
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return count


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError("give a date as 2026-11-30, or a time as 2026-11-30T09:00") from error
    return moment if timezone.is_aware(moment) else moment.replace(tzinfo=ClinicProfile.current().zone_info)
