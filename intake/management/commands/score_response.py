"""Scores FHIR R4 QuestionnaireResponses: one JSON object or NDJSON in, one JSON line each out. Stores nothing."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from intake.screening.fhir_response import line, score_resource

BROKEN = "This line is not valid JSON."


class Command(BaseCommand):
    """`score_response [FILE]`; standard input without FILE. Ends with 2 when any response had errors."""

    help = "Score FHIR R4 QuestionnaireResponses (one JSON object, or NDJSON) and print one JSON line for each."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", help="standard input when left out")

    def handle(self, *_args: Any, file: str | None = None, **_options: Any) -> None:
        try:
            raw = Path(file).read_bytes() if file else sys.stdin.buffer.read()
        except OSError as error:
            message = f"{file} cannot be read: {error.strerror}."
            raise CommandError(message) from error
        failed = 0
        responses = parse(raw.decode("utf-8-sig", errors="replace"))
        for resource in responses:
            found = line(errors=[BROKEN]) if resource is None else score_resource(resource)
            failed += bool(found["errors"])
            self.stdout.write(json.dumps(found, ensure_ascii=False))
        if failed:
            message = f"{failed} of {len(responses)} had errors."
            raise CommandError(message, returncode=2)


def parse(text: str) -> list[Any]:
    """The resources in a text: one object, written over one line or many, or one on each line. None: broken."""
    lines = [found for found in text.split("\n") if found.strip()]
    whole = _loads(text)
    if whole is not None or len(lines) < 2:
        return [whole]
    each = [_loads(found) for found in lines]
    is_by_line = any(isinstance(found, dict) and "resourceType" in found for found in each)
    if is_by_line or all(found.lstrip().startswith("{") for found in lines):
        return each
    return [None]


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
