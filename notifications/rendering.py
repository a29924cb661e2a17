"""Turns a row, or a kind's sample, into words. Links stay placeholders; only delivery fills them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.template import Context, TemplateDoesNotExist, TemplateSyntaxError, engines
from django.template.backends.django import DjangoTemplates
from django.template.base import Template
from django.utils import translation

from clinic import languages
from clinic.models import ClinicProfile
from notifications import gsm7
from notifications.kinds import Kind
from notifications.models import Channel

SUBJECT_LENGTH = 200
NAME = re.compile(r"\{([a-z_]+)\}")
# What templates look at and words do not say: an instant, a code, the address of a call.
NOT_NAMED = {"mode", "starts", "old_starts", "expires", "language", "phone_uri"}


@dataclass(frozen=True, kw_only=True)
class Text:
    """What a message says. `subject` and `html` are empty for texts, `html` for discreet e-mails too."""

    body: str
    subject: str = ""
    html: str = ""


@dataclass(frozen=True, kw_only=True)
class Words:
    """What staff wrote in place of a template: text with names in braces. Nothing in it is carried out."""

    body: str
    subject: str = ""


class UnknownNameError(LookupError):
    """The words name a value that this message does not have."""


def travels_by(kind: Kind, channel: Channel | str) -> bool:
    """Whether the kind has a template for this channel. A broken one counts: its message fails, and nothing else."""
    try:
        _template(kind, f"{channel}.txt")
    except TemplateDoesNotExist:
        return False
    except TemplateSyntaxError:
        pass
    return True


def render(
    kind: Kind,
    *,
    channel: Channel | str,
    is_discreet: bool,
    context: Mapping[str, Any],
    profile: ClinicProfile,
    language: str = "en",
    unsubscribe_link: str = "",
    words: Words | None = None,
) -> Text:
    """The words of one message. Raises whatever a broken template raises.

    A text is one line in GSM-7, whatever people typed into the names it shows. The discreet form has
    its own file and never falls back to the plain one. A `language` that we do not write in is English.
    `words` stand in place of the templates; raises UnknownNameError when they name what the message does not have.
    """
    with translation.override(spoken(language)):
        values = {
            **values_for(kind, context, profile),
            "unsubscribe_link": unsubscribe_link,
            "is_discreet": is_discreet,
            "language": spoken(language),
        }
        return _text(kind, channel, values, words)


def spoken(language: str) -> str:
    """The language a message goes in: the person's where we write it, else English."""
    return language if languages.is_spoken(language) else languages.ENGLISH


def values_for(kind: Kind, context: Mapping[str, Any], profile: ClinicProfile) -> dict[str, Any]:
    """What the templates of a kind see, in the active language. What the row itself holds goes before its facts in words."""
    return {
        **(kind.in_words(context, profile) if kind.in_words else {}),
        **_without_links(context),
        **(kind.fresh(context, profile) if kind.fresh else {}),
        "clinic": profile,
        "brand": profile.message_brand,
        "phone": profile.phone.as_national,
        "phone_uri": profile.phone.as_rfc3966,
    }


def _text(kind: Kind, channel: Channel | str, values: Mapping[str, Any], words: Words | None) -> Text:
    is_discreet = values["is_discreet"]
    if channel == Channel.VOICE:
        return Text(body=" ".join(_rendered(kind, "voice.txt", values).split()))
    if words is not None:
        return _from_words(words, channel=channel, values=values)
    if channel == Channel.SMS:
        body = _rendered(kind, "sms.discreet.txt" if is_discreet else "sms.txt", values)
        return Text(body=gsm7.fitted(" ".join(body.split())))
    subject = " ".join(_rendered(kind, "subject.txt", values).split())[:SUBJECT_LENGTH]
    if is_discreet:
        return Text(subject=subject, body=_rendered(kind, "email.discreet.txt", values))
    return Text(subject=subject, body=_rendered(kind, "email.txt", values), html=_rendered(kind, "email.html", values))


def named_values(values: Mapping[str, Any]) -> dict[str, str]:
    """What words in braces stand for, from the values of a template."""
    place = ", ".join(values.get("place") or [])
    mode = values.get("mode")
    named = {name: value for name, value in values.items() if isinstance(value, str) and name not in NOT_NAMED}
    where = {"where": place if mode == "in_person" and place else str(values.get("how", ""))} if mode else {}
    return {**named, **where}


def _from_words(words: Words, *, channel: Channel | str, values: Mapping[str, Any]) -> Text:
    """Staff's words. An e-mail always keeps its foot: who writes, and how to stop it."""
    named = named_values(values)
    body = _named(words.body, named)
    if channel == Channel.SMS:
        return Text(body=gsm7.fitted(" ".join(body.split())))
    subject = " ".join(_named(words.subject, named).split())[:SUBJECT_LENGTH]
    if values["is_discreet"]:
        return Text(subject=subject, body=_written("_words.email.discreet.txt", {**values, "words": body.strip()}))
    shown = {**values, "title": subject, "words": body.strip()}
    return Text(subject=subject, body=_written("_words.email.txt", shown), html=_written("_words.email.html", shown))


def _named(text: str, named: Mapping[str, str]) -> str:
    """The text with each name in braces replaced, once: what a value holds is not looked at again."""
    missing = {name for name in NAME.findall(text) if name not in named}
    if missing:
        raise UnknownNameError(", ".join(sorted(missing)))
    return NAME.sub(lambda found: named[found[1]], text)


def _without_links(context: Mapping[str, Any]) -> dict[str, Any]:
    """The values, where only those named `...link` may hold a placeholder.

    One that somebody typed as their name would be filled too, and bring them the private link of
    anybody whose visit's id they know: it stands in the calendar entry.
    """
    return {name: value if name.endswith("link") else _defused(value) for name, value in context.items()}


def _defused(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("[[", "[ [")
    return [_defused(part) for part in value] if isinstance(value, list) else value


def _template(kind: Kind, suffix: str) -> Template:
    return _file(f"{kind.template}.{suffix}")


def _file(name: str) -> Template:
    engine = engines["django"]
    if not isinstance(engine, DjangoTemplates):
        raise TypeError("The post room needs Django's own template engine")
    return engine.get_template(f"messages/{name}").template


def _rendered(kind: Kind, suffix: str, values: Mapping[str, Any]) -> str:
    return _written(f"{kind.template}.{suffix}", values)


def _written(name: str, values: Mapping[str, Any]) -> str:
    return str(_file(name).render(Context(dict(values), autoescape=name.endswith(".html")))).strip()
