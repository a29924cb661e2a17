"""The clinic's own questions signed in Spanish, and a person who reads Spanish."""

from typing import Any

from django.test import Client
from django.utils import timezone

from intake.models import Questionnaire
from intake.screening.shipped import instrument_of, shipped_in
from intake.tests.screening.sitting_steps import Person, _kept, make_screening, signer

KEPT = {"STOP-ITEMS": ("vessels",), "MEDICINES": ("medicine-classes", "medicines")}


def spanish(instrument: str) -> dict[str, Any]:
    """What is shipped in Spanish, with the few questions of `sitting_steps.DEFINITIONS`."""
    whole = next(one for one in shipped_in("es") if instrument_of(one) == instrument)
    items = _kept(whole["item"], KEPT[instrument])
    for item in items:
        item.pop("enableWhen", None)
    return {**whole, "item": items}


def sign_spanish() -> None:
    """In use beside the English ones."""
    for name in KEPT:
        Questionnaire.objects.create(
            url=f"https://clinic.example/{name}", version="1", instrument=name, title=name, language="es",
            definition=spanish(name), status=Questionnaire.Status.PUBLISHED, signed_by=signer(), signed_at=timezone.now(),
        )  # fmt: skip


def reader(language: str = "es", door: str = "screening", **changes: Any) -> Person:
    """Somebody invited whose browser speaks this language."""
    return Person(make_screening(**changes), Client(headers={"accept-language": language}), door)
