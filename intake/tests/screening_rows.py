"""Made-up sittings, answers and safety items for tests."""

import itertools
from typing import Any

from django.utils import timezone

from clinic.models import User
from intake.models import (
    Flag,
    FlagLevel,
    Questionnaire,
    SafetyItem,
    SafetyLevel,
    Screening,
    ScreeningResponse,
)
from intake.tests.factories import make_request

_numbers = itertools.count(1)


def make_staff(email: str = "") -> User:
    """A member of staff without a role."""
    return User.objects.create_user(email or f"staff{next(_numbers)}@clinic.example")


def make_questionnaire(*, signed: bool = True, **fields: Any) -> Questionnaire:
    """A small questionnaire of our own, signed unless said otherwise."""
    made = {
        "url": "https://clinic.example/q/test",
        "version": f"1.{next(_numbers)}",
        "instrument": f"TEST-{next(_numbers)}",
        "title": "Test",
        "definition": {"resourceType": "Questionnaire", "item": []},
        "digest": "0" * 64,
    }
    if signed:
        made |= {"status": "published", "signed_by": make_staff(), "signed_at": timezone.now()}
    return Questionnaire.objects.create(**{**made, **fields})


def make_screening(**fields: Any) -> Screening:
    """A sitting of Sam's."""
    request = fields.pop("request", None) or make_request()
    return Screening.objects.create(request=request, patient=request.patient, **fields)


def make_response(**fields: Any) -> ScreeningResponse:
    """Answers to a small questionnaire."""
    screening = fields.pop("screening", None) or make_screening()
    questionnaire = fields.pop("questionnaire", None) or make_questionnaire()
    return ScreeningResponse.objects.create(screening=screening, questionnaire=questionnaire, **fields)


def make_flag(*, response: ScreeningResponse | None = None, level: int = FlagLevel.REVIEW, **fields: Any) -> Flag:
    """Something to review."""
    answered = response or make_response()
    content = {"question": "Q", "answer": "A", "reason": "R", "source": "S"}
    return Flag.objects.create(
        **{
            "response": answered,
            "screening": answered.screening,
            "level": level,
            "code": "test",
            "content": content,
            **fields,
        }
    )


def make_safety_item(*, screening: Screening | None = None, trigger: str = "test", **fields: Any) -> SafetyItem:
    """Somebody to call."""
    sitting = screening or make_screening()
    made = {
        "screening": sitting,
        "request": sitting.request,
        "patient": sitting.patient,
        "level": SafetyLevel.URGENT,
        "trigger": trigger,
        "trigger_digest": SafetyItem.digest_of(trigger),
        "raised_at": timezone.now(),
    }
    return SafetyItem.objects.create(**{**made, **fields})
