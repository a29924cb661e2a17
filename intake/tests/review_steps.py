"""What a clinician reads and signs: completed sittings and their answers."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone

from intake import reviews
from intake.models import Flag, Questionnaire, ResponseRevision, Review, Screening, ScreeningResponse
from intake.screening.items import questions
from intake.screening.shipped import shipped
from intake.tests.screening_rows import make_staff

DAY = dt.timedelta(days=1)


HOSTILE = "<script>alert(1)</script> & \u202eevil"


def answers_of(name, picks):
    """Answers by the places of the options (None: declined)."""
    found = {}
    for question, pick in zip(questions(shipped(name)), picks, strict=False):
        option = None if pick is None else question.options[pick]
        found[question.link_id] = {
            "answers": [dict(option.value)] if option else [],
            "texts": [option.text] if option else [],
            "question": question.text,
            "absent": None if option else "asked-declined",
        }
    return found


def asked(name):
    definition = shipped(name)
    known = Questionnaire.objects.filter(instrument=name.upper(), language="en").first()
    return known or Questionnaire.objects.create(
        url=definition["url"],
        version=definition["version"],
        instrument=name.upper(),
        title=definition["title"],
        definition=definition,
        digest="x",
        status="published",
        signed_by=make_staff(),
        signed_at=timezone.now(),
    )


def sitting(request, at=None, **picked):
    """A completed sitting with its first revision kept."""
    at = at or timezone.now()
    status = "completed"
    row = Screening.objects.create(
        request=request, patient=request.patient, status=status, completed_at=at, last_saved_at=at
    )
    for name, picks in picked.items():
        answers = answers_of(name.replace("_", "-"), picks) if isinstance(picks, list) else picks
        response = ScreeningResponse.objects.create(
            screening=row, questionnaire=asked(name.replace("_", "-")), status="completed", answers=answers, revision=1,
            completed_at=at,
        )  # fmt: skip
        ResponseRevision.objects.create(response=response, revision=1, answers=answers)
    return row


def page(request, name="page"):
    return reverse(f"review:{name}", args=[request.pk])


def signed(request, by, outcome=Review.Outcome.PROCEED, **changes):
    versions = ScreeningResponse.objects.filter(screening__patient=request.patient_id).values_list("pk", "revision")
    said = {"note": "", "read": reviews.digest_of(versions)}
    return reviews.sign_off(request=request, by=by, outcome=outcome, **{**said, **changes})


def change_answer(screening, name, picks):
    """As saving does it: a revision, and no review of this request is current any more."""
    response = screening.responses.get(questionnaire__instrument=name.upper())
    response.answers, response.revision = answers_of(name, picks), response.revision + 1
    response.save()
    ResponseRevision.objects.create(response=response, revision=response.revision, answers=response.answers)
    Review.objects.filter(request=screening.request_id, is_current=True).update(
        is_current=False, updated_at=timezone.now()
    )


def full(request):
    row = sitting(request, phq_9=[1] * 10, gad_7=[2] * 7, asq=[0, 0, 0, 0])
    sitting(request, at=timezone.now() - 30 * DAY, phq_9=[2] * 10)
    medicines = {
        "which-medicines": {
            "answers": [], "texts": [], "question": "Which medicines?", "absent": None,
            "rows": [{"name": {"texts": ["canary-pill"]}, "dose": {"texts": ["10"]}}],
        }
    }  # fmt: skip
    response = ScreeningResponse.objects.create(screening=row, questionnaire=asked("medicines"), answers=medicines)
    content = {"question": "Q?", "answer": HOSTILE, "reason": "Because", "source": "Label"}
    Flag.objects.create(screening=row, response=response, level=3, code="x", content=content)
    return row
