"""PHQ-9 as other systems send it."""

from intake.tests.screening.fhir_rows import coded, codes_of, item, response

KEYS = ["instrument", "total", "band", "answered", "items", "complete", "safety", "errors"]


PHQ = codes_of("PHQ-9")


NINE = (1, 2, 3, 0, 1, 2, 3, 0, 1)


SCORED = {
    "instrument": "PHQ-9", "total": 13, "band": "moderate", "answered": 9, "items": 9, "complete": True,
    "safety": True, "errors": [],
}  # fmt: skip


def phq(name_of, answer_of=None, points=NINE, **more):
    """PHQ-9 with linkIds and answers as some system writes them: both take place and points."""
    spell = answer_of or (lambda place, worth: coded("PHQ-9", PHQ[place], worth))
    return response([item(name_of(n), spell(n, worth)) for n, worth in enumerate(points)], **more)
