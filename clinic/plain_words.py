"""Words that must not stand in a text, a subject or a sender's name: they tell what the clinic treats.

A phone shows a message to whoever holds it, and carriers refuse a sender whose texts name drugs (Twilio
30941); no condition, no treatment (78 FR 5634). The list holds drug, diagnosis and treatment words as
stems; it is a net for slips of the pen and not a dictionary.
"""

import re

from django.core.exceptions import ValidationError

CLINICAL = re.compile(
    r"\b(?:(?:es)?ketamin\w*|spravato|infus\w*|injection\w*|psych\w*|mental\w*|depress\w*|anxi\w*|ptsd|ocd|trauma\w*"
    r"|suicid\w*|bipolar|therap\w*|treat(?:s|ed|ment|ments|ing)?|medicat\w*|medicine\w*|prescri\w*|drug\w*"
    r"|dos(?:e|es|age|ing)|mg|symptom\w*|diagnos\w*|disorder\w*|counsel\w*|addict\w*|rehab\w*|screening\w*|phq\w*"
    r"|gad(?:-?7)?|clinical"
    # Spanish; a text has its accents off.
    r"|inyecci\w*|psic\w*|psiq\w*|depres\w*|deprim\w*|ansiedad\w*|ansios\w*|angustia\w*|tept|toc|suicid\w*"
    r"|t[eé]rap\w*|tratamiento\w*|medicament\w*|medicaci\w*|medicin\w*|recetad\w*|droga\w*|f[aá]rmaco\w*|dosis"
    r"|s[ií]ntoma\w*|diagn[oó]stic\w*|trastorno\w*|consejer\w*|adicci\w*|adict\w*|tamizaje\w*|cribado\w*)\b",
    re.IGNORECASE,
)
NEUTRAL_NAME = re.compile(r"[A-Za-z0-9 .,&'()/+-]+")


def clinical_words(text: str) -> list[str]:
    """The clinical words in a text, in order, in lower case."""
    return [found.group().lower() for found in CLINICAL.finditer(text)]


def validate_message_brand(value: str) -> None:
    """Refuse a brand that tells what the clinic treats, or that would not fit a plain SMS alphabet (GSM-7)."""
    found = clinical_words(value)
    if found:
        raise ValidationError(f"This name is seen on locked phones: choose one without “{found[0]}”")
    if not NEUTRAL_NAME.fullmatch(value):
        raise ValidationError("Use plain letters, digits, spaces and . , & ' ( ) / + - only, so that texts stay short")
