"""Passwords that somebody would try first, found offline.

Django's list of common passwords has 190 entries of twelve characters or more. People who must reach twelve
lengthen a short one: a year, a second time, a zero for an o, the clinic's name. So a password is looked up
without what it was lengthened with. No breached collection is shipped or asked: the one would be large and soon
old, the other would tell somebody else about each new password. There are no rules on kinds of characters.
"""

import re
from collections.abc import Iterable, Iterator

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from clinic.models import ClinicProfile, User

OURS = ("clinic", "desk", "intake", "ketamine", "consultation", "patient", "admin", "password", "welcome")
ROWS = (
    "abcdefghijklmnopqrstuvwxyz", "0123456789012345678901234567890", "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1q2w3e4r5t6y7u8i9o0p",
)  # fmt: skip
LOOKS_LIKE = str.maketrans("@4301!5$7", "aaeoiisst")
AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
BETWEEN = re.compile(r"[\W_]+")
SHORTEST_WORD, SHORTEST_REST, FEWEST_CHARACTERS = 3, 4, 5
COMMON = "This password, or what it is made from, is among the first that somebody would try."
CONTEXT = "This password is made from your name or address, or from words of the clinic."
SIMPLE = "This password is a row of the keyboard or alphabet, or repeats a few characters."


class GuessablePasswordValidator(CommonPasswordValidator):
    """Refuses common passwords, also lengthened ones, and those made from the person's or the clinic's words."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError with what to change."""
        super().validate(password, user)
        text = password.lower().strip()
        if _is_simple(text):
            raise ValidationError(SIMPLE, code="password_too_simple")
        if self._is_common(text):
            raise ValidationError(COMMON, code="password_too_common")
        rest = _without(text, _words(user))
        if rest != text and (len(BETWEEN.sub("", AROUND.sub("", rest))) < SHORTEST_REST or self._is_common(rest)):
            raise ValidationError(CONTEXT, code="password_in_context")

    def get_help_text(self) -> str:
        """What the page says beforehand."""
        return "Not a common password, and not made from your name or the clinic's. Four unrelated words are good."

    def _is_common(self, text: str) -> bool:
        """Whether its core is on the list: without what stands around it, letters for look-alikes, said once."""
        core = AROUND.sub("", text)
        tries = {core, core.translate(LOOKS_LIKE)}
        return any(_said_once(BETWEEN.sub("", one)) in self.passwords for one in tries if one)


def _is_simple(text: str) -> bool:
    plain = _said_once(BETWEEN.sub("", text))
    return len(set(text)) < FEWEST_CHARACTERS or any(plain in row or plain[::-1] in row for row in ROWS)


def _said_once(text: str) -> str:
    """`qwerty` for `qwertyqwerty`: the shortest piece that, repeated, is the whole."""
    return text[: (text + text).find(text, 1)] if text else text


def _without(text: str, words: Iterable[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, " ")
    return text


def _words(user: User | None) -> set[str]:
    """Words of the clinic, of this product, and of the person."""
    profile = ClinicProfile.current()
    given = [profile.name, profile.legal_name, profile.message_brand, *OURS]
    if user is not None:
        given += [user.first_name, user.last_name, user.email]
    return set(_parts(given))


def _parts(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from (part for part in re.split(r"[\W_\d]+", text.lower()) if len(part) >= SHORTEST_WORD)
