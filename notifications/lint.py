"""What a message may not say. Applies to each template, and to what staff will be able to save.

Brand, time, phone and link; the words that may not stand there are those of `clinic.plain_words`.
"""

import re
from urllib.parse import urlsplit

from django.conf import settings

from clinic.plain_words import clinical_words
from notifications import gsm7

# These words stop our texts: inviting them loses the person (clinical.md 5.3).
STOP_WORD_INVITED = re.compile(
    r"\b(?:reply|text|send|answer)\b\W+(?:with\W+)?(?:cancel|end|quit|revoke|optout|unsubscribe|remove)\b"
    r"|\b(?:respond|contest|env[ií]|mand|escrib)\w*\W+(?:con\W+|la palabra\W+)?"
    r"(?:cancelar?|alto|basta|parar|salir|fin|baja|terminar|no m[aá]s|detener)\b",
    re.IGNORECASE,
)
# An address as a phone would make it a link: with a scheme, or a name with a known ending and no @ before it.
LINK = re.compile(
    r"(?<![\w@.])(?:https?://)?((?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|info|biz|health|care|clinic|example|me|us|co|io|ly|gl|link|app|site))(?![\w@-]|\.\w)",
    re.IGNORECASE,
)
SCHEME = re.compile(r"https?://([^\s/:?#\"'<>]+)", re.IGNORECASE)


def foreign_hosts(text: str) -> list[str]:
    """Hosts that the text links to and that are not ours: carriers refuse shorteners, people fear strangers."""
    own = (urlsplit(settings.PUBLIC_BASE_URL).hostname or "").lower()
    hosts = {found.lower() for found in [*LINK.findall(text), *SCHEME.findall(text)]}
    return sorted(hosts - {own})


def link_problems(text: str) -> list[str]:
    """What is wrong with the links in words that staff wrote."""
    return [f"links to {host}, which is not our own site" for host in foreign_hosts(text)]


def problems(text: str, *, brand: str) -> list[str]:
    """What is wrong with the words of any message; nothing when they may go."""
    found = [f"clinical word: {word}" for word in sorted(set(clinical_words(text)))]
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
