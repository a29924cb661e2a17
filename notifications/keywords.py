"""What a text that came in asks for: STOP, START, HELP or a person's reading (clinical.md 5.3).

Words count whatever their case, spaces and signs, also with a polite word around them. Sentences that
a reasonable person reads as "stop" count as well: 47 CFR 64.1200(a)(10).
"""

import re
import unicodedata
from enum import StrEnum


class Keyword(StrEnum):
    """What we do at once, without a person."""

    STOP = "stop"
    START = "start"
    HELP = "help"


STOP_WORDS = frozenset(
    [
        "stop",
        "stopall",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
        "optout",
        "revoke",
        "remove",
        "arret",
        "td",
        "alto",
        "parar",
        "cancelar",
        "nomas",
        "basta",
    ]
)
START_WORDS = frozenset({"start", "unstop"})
YES_WORDS = frozenset({"yes"})  # START only from a number that stopped; else the answer to a reminder
HELP_WORDS = frozenset({"help", "info", "ayuda"})
POLITE = frozenset(
    ["please", "pls", "plz", "thanks", "thankyou", "thank", "you", "ty", "now", "gracias", "porfavor", "por", "favor"]
)
STOP_SENTENCE = re.compile(
    r"\b(?:stop|quit) (?:\w+ ){0,2}?(?:text|texts|texting|messag\w*|contacting|sending|sms)\b"
    r"|\b(?:do not|dont|don t|never) (?:text|message|contact|sms)\b"
    r"|\b(?:take|remove) (?:me|my number) (?:off|from)\b|\bremove me\b|\bopt (?:me )?out\b|\bunsubscribe me\b"
    r"|\bwrong (?:number|person)\b|\bleave me alone\b|\bno more (?:texts|messages|sms)\b"
)


def keyword_of(body: str, *, is_stopped: bool) -> Keyword | None:
    """What the text asks for; None when a person must read it. `is_stopped`: whether the number stands stopped."""
    words = _words(body)
    bare = "".join(word for word in words if word not in POLITE) or "".join(words)
    if bare in STOP_WORDS or STOP_SENTENCE.search(" ".join(words)):
        return Keyword.STOP
    if bare in START_WORDS or (is_stopped and bare in YES_WORDS):
        return Keyword.START
    if bare in HELP_WORDS:
        return Keyword.HELP
    return None


def _words(body: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", body[:500]).encode("ascii", "ignore").decode().lower()
    return re.findall(r"[a-z0-9]+", plain)
