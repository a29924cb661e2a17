"""FHIR R4 words that every desk's export shares. Pure: names, references, codes.

Each desk writes its own resources (`fhir` in the desk); `scheduling.records.export` joins them.
"""

import datetime as dt
import uuid
import zoneinfo
from typing import Any

Resource = dict[str, Any]
BASE = "https://clinic.example/fhir"  # as the questionnaires' own addresses
LOINC = "http://loinc.org"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
ABSENT_CODES = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
LOINC_NOTICE = (
    "This material contains content from LOINC (http://loinc.org). LOINC is copyright © Regenstrief Institute, Inc. and "
    "the LOINC Committee and is available at no cost under the license at http://loinc.org/license."
)


def urn(resource_id: uuid.UUID | str) -> str:
    """How resources of one bundle point to each other."""
    return f"urn:uuid:{resource_id}"


def reference(resource_id: uuid.UUID | str, kind: str) -> Resource:
    """A reference to another resource of the same bundle."""
    return {"reference": urn(resource_id), "type": kind}


def instant(moment: dt.datetime, zone: zoneinfo.ZoneInfo | None = None) -> str:
    """To the second, with its offset: in this zone, else UTC."""
    return moment.astimezone(zone or dt.UTC).isoformat(timespec="seconds")


def concept(system: str, code: str, display: str = "") -> Resource:
    """A code with its system."""
    coding = {"system": system, "code": code}
    return {"coding": [{**coding, "display": display} if display else coding]}


def absent(reason: str) -> Resource:
    """The extension that says why there is no value: unknown, asked-declined."""
    return {"url": ABSENT, "valueCode": reason}
