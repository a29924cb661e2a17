"""Who of the clinic reviewed the words about crises, language by language; words changed since count as not reviewed.

The review is bound to the lines as they stood: their digest is stored when somebody enters a review.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import get_language

from clinic import languages
from clinic.models import ClinicProfile, CrisisLine

WORDS = {
    "en": ("name", "what_to_do", "call", "text"),
    "es": ("name_es", "what_to_do_es", "call", "text", "key_es", "word_es"),
}


@dataclass(frozen=True, kw_only=True)
class Review:
    """A review that stands: nobody changed the words since."""

    by: str
    on: dt.date


def words_of(lines: Iterable[CrisisLine], language: str) -> str:
    """Digest of what the lines say in a language, in their order."""
    said = [[getattr(line, name) for name in WORDS[language]] for line in lines]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def review_of(profile: ClinicProfile, lines: Iterable[CrisisLine], language: str = "") -> Review | None:
    """The review of the words as they stand now (in the page's language, unless given); None when there is none."""
    code = language or get_language() or languages.ENGLISH
    by, on, words = (getattr(profile, f"crisis_{code}_{part}") for part in ("by", "on", "words"))
    return Review(by=by, on=on) if by and on and words == words_of(lines, code) else None


def missing(profile: ClinicProfile) -> list[str]:
    """What staff must know: each language whose words nobody reviewed, or were changed since."""
    lines = list(profile.crisis_lines.all())
    found = []
    for code, name in languages.NAMES.items():
        if not getattr(profile, f"crisis_{code}_by"):
            found.append(f"Nobody of the clinic has reviewed the {name} words about crises yet.")
        elif review_of(profile, lines, code) is None:
            found.append(f"The {name} words about crises were changed after their review.")
    return found


def remember(profile: ClinicProfile, changed: Iterable[str]) -> None:
    """Bind each review that was just entered (`changed`: columns of the profile) to the words as they stand."""
    columns = set(changed)
    codes = [code for code in languages.NAMES if columns & {f"crisis_{code}_by", f"crisis_{code}_on"}]
    if not codes:
        return
    lines = list(profile.crisis_lines.all())
    for code in codes:
        setattr(profile, f"crisis_{code}_words", words_of(lines, code) if getattr(profile, f"crisis_{code}_by") else "")
    profile.skip_history_when_saving = True  # type: ignore[attr-defined]  # the digest is no edit of somebody's
    profile.save(update_fields=[f"crisis_{code}_words" for code in codes])
    del profile.skip_history_when_saving  # type: ignore[attr-defined]
