"""Finds a public text and turns its Markdown into HTML that can do no harm."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import nh3
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from markdown_it import MarkdownIt

from clinic.languages import ENGLISH
from clinic.models import ClinicProfile, ContentPage

FOLDER = Path(__file__).parent
TAGS = {
    "h2",
    "h3",
    "p",
    "ul",
    "ol",
    "li",
    "strong",
    "em",
    "a",
    "blockquote",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
ATTRIBUTES = {"a": {"href"}}
SCHEMES = {"http", "https", "mailto", "tel", "sms"}
markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True, kw_only=True)
class Text:
    """One public text. `reviewed_on` is None until somebody of the clinic reviewed it."""

    language: str = "en"
    title: str
    lede: str
    body: str
    reviewed_on: dt.date | None = None
    reviewed_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A place of the site that holds a text; `url_name` is empty for a part of the front page."""

    slug: str
    label: str
    url_name: str = ""


SLOTS = (
    Slot(slug="safe", label="Is ketamine infusion therapy safe?", url_name="article"),
    Slot(slug="consultation", label="About the free consultation", url_name="about_consultation"),
    Slot(slug="faq", label="Questions people ask", url_name="faq"),
    Slot(slug="cost", label="Front page: what it costs"),
    Slot(slug="team", label="Front page: who you will meet"),
)
SLUGS = tuple((slot.slug, slot.label) for slot in SLOTS)


def text_of(slug: str, language: str = "") -> Text:
    """The clinic's own text in this language (the page's, unless given), else the shipped one, else the same in English."""
    for one in dict.fromkeys((language or get_language() or ENGLISH, ENGLISH)):
        row = ContentPage.objects.filter(slug=slug, language=one).first()
        if row is not None:
            return Text(
                language=one,
                title=row.title,
                lede=row.lede,
                body=row.body,
                reviewed_on=row.reviewed_on,
                reviewed_by=row.reviewed_by,
            )
        found = shipped(slug, one)
        if found is not None:
            return found
    raise LookupError(slug)


@lru_cache(maxsize=64)
def shipped(slug: str, language: str) -> Text | None:
    """The text beside this file: a `# title`, a first paragraph, the body."""
    path = FOLDER / language / f"{slug}.md"
    if not path.exists():
        return None
    title, _, rest = path.read_text(encoding="utf-8").partition("\n")
    lede, _, body = rest.strip().partition("\n\n")
    return Text(
        language=language, title=title.removeprefix("# ").strip(), lede=" ".join(lede.split()), body=body.strip()
    )


def filled(text: str, profile: ClinicProfile) -> str:
    """Put the clinic's name, phone and so on where `{clinic}`, `{phone}`, `{states}`, `{hours}` stand."""
    values = {
        "{clinic}": profile.name,
        "{phone}": profile.phone.as_national,
        "{phone_link}": profile.phone.as_rfc3966,
        "{states}": profile.licensed_states_text,
        "{hours}": str(profile.answer_within_hours),
    }
    for name, value in values.items():
        text = text.replace(name, value)
    return text


@lru_cache(maxsize=64)
def to_html(text: str) -> SafeString:
    """Markdown as HTML with plain tags and safe addresses only, whoever wrote it."""
    cleaned = nh3.clean(
        markdown.render(text), tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer"
    )
    return SafeString(cleaned)
