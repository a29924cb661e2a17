"""Turns a row, or a kind's sample, into words. Links stay placeholders; only delivery fills them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.template import Context, TemplateDoesNotExist, TemplateSyntaxError, engines
from django.template.backends.django import DjangoTemplates
from django.template.base import Template

from clinic.models import ClinicProfile
from notifications import gsm7
from notifications.kinds import Kind
from notifications.models import Channel

SUBJECT_LENGTH = 200


@dataclass(frozen=True, kw_only=True)
class Text:
    """What a message says. `subject` and `html` are empty for texts, `html` for discreet e-mails too."""

    body: str
    subject: str = ""
    html: str = ""


def travels_by(kind: Kind, channel: Channel | str) -> bool:
    """Whether the kind has a template for this channel. A broken one counts: its message fails, and nothing else."""
    suffix = "sms.txt" if channel == Channel.SMS else "email.txt"
    try:
        _template(kind, suffix)
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
    unsubscribe_link: str = "",
) -> Text:
    """The words of one message. Raises whatever a broken template raises.

    A text is one line in GSM-7, whatever people typed into the names it shows. The discreet form has
    its own file and never falls back to the plain one.
    """
    values = {
        **_without_links(context),
        "clinic": profile,
        "unsubscribe_link": unsubscribe_link,
        "is_discreet": is_discreet,
    }
    if channel == Channel.SMS:
        words = _rendered(kind, "sms.discreet.txt" if is_discreet else "sms.txt", values)
        return Text(body=gsm7.fitted(" ".join(words.split())))
    subject = " ".join(_rendered(kind, "subject.txt", values).split())[:SUBJECT_LENGTH]
    if is_discreet:
        return Text(subject=subject, body=_rendered(kind, "email.discreet.txt", values))
    return Text(subject=subject, body=_rendered(kind, "email.txt", values), html=_rendered(kind, "email.html", values))


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
    engine = engines["django"]
    if not isinstance(engine, DjangoTemplates):
        raise TypeError("The post room needs Django's own template engine")
    return engine.get_template(f"messages/{kind.template}.{suffix}").template


def _rendered(kind: Kind, suffix: str, values: Mapping[str, Any]) -> str:
    text = _template(kind, suffix).render(Context(dict(values), autoescape=suffix.endswith(".html")))
    return str(text).strip()
