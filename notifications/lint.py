"""What a message may not say. Applies to each template, and to what staff will be able to save.

Carriers refuse a sender whose texts name drugs (Twilio 30941), and a locked phone shows the first line
to anybody: brand, time, phone and link, no condition, no treatment (78 FR 5634).
"""

import re

from notifications import gsm7

CLINICAL = re.compile(
    r"\b(?:(?:es)?ketamin\w*|spravato|infus\w*|psychedelic\w*|depress\w*|anxi\w*|ptsd|ocd|bipolar|trauma\w*|suicid\w*"
    r"|psych\w*|mental\w*|therap\w*|treat(?:ment|ments|ed|ing|s)?|diagnos\w*|disorder\w*|symptom\w*|drug\w*"
    r"|medicat\w*|medicine\w*|prescri\w*|dos(?:e|es|age|ing)|mg|injection\w*|phq\w*|gad-?7)\b",
    re.IGNORECASE,
)
# These words stop our texts: inviting them loses the person (clinical.md 5.3).
STOP_WORD_INVITED = re.compile(
    r"\b(?:reply|text|send|answer)\b\W+(?:with\W+)?(?:cancel|end|quit|revoke|optout|unsubscribe|remove)\b",
    re.IGNORECASE,
)


def problems(text: str, *, brand: str) -> list[str]:
    """What is wrong with the words of any message; nothing when they may go."""
    found = [f"clinical word: {word}" for word in sorted({match.group().lower() for match in CLINICAL.finditer(text)})]
    if STOP_WORD_INVITED.search(text):
        found.append("asks for an answer that is an opt-out word")
    if brand.lower() not in text.lower():
        found.append(f"does not say who writes: {brand}")
    return found


def text_message_problems(text: str, *, brand: str) -> list[str]:
    """The same, and what is wrong with a text message of one part."""
    found = problems(text, brand=brand)
    foreign = gsm7.outside(text)
    if foreign:
        found.append(f"not in GSM-7: {' '.join(sorted(foreign))}")
    elif gsm7.length(text) > gsm7.ONE_PART:
        found.append(f"{gsm7.length(text)} places, {gsm7.ONE_PART} fit one text")
    return found
