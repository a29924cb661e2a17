"""What export_fhir prints, checked, and a person with something to export."""

import io
import json

from django.core.management import call_command

from clinic.tests.fhir_r4b import check
from intake.tests.review_steps import sitting


def exported(*arguments):
    out = io.StringIO()
    call_command("export_fhir", *arguments, stdout=out, stderr=io.StringIO())
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    for bundle in found:
        check(bundle)
    return found


def full(request, **more):
    picked = {"phq_9": [1] * 8 + [2, 3], "gad_7": [2] * 6 + [None], "audit_c": [2, 1, 1], "drug_1": [1]}
    return sitting(request, **{**picked, **more})
