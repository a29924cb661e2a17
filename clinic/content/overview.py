"""Which text the public reads in each language: ours, the shipped one, or English for want of another."""

from dataclasses import dataclass

from django.conf import settings

from clinic import languages
from clinic.content import texts
from clinic.models import ContentPage


@dataclass(frozen=True, kw_only=True)
class Version:
    """One text in one language. `page` is the clinic's own row, where there is one."""

    code: str
    name: str
    page: ContentPage | None
    is_shipped: bool
    is_behind: bool  # the clinic changed the English after this was last saved, or shipped


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A place of the site with its text in each language."""

    slug: str
    label: str
    versions: list[Version]


def shown_now() -> list[Shown]:
    """Every place, in the order of the site. One query."""
    pages = {(page.slug, page.language): page for page in ContentPage.objects.all()}
    saved = {place: page.updated_at for place, page in pages.items()}
    return [
        Shown(
            slug=slot.slug,
            label=slot.label,
            versions=[
                Version(
                    code=code,
                    name=languages.NAMES[code],
                    page=pages.get((slot.slug, code)),
                    is_shipped=texts.shipped(slot.slug, code) is not None,
                    is_behind=languages.is_behind(
                        saved.get((slot.slug, code)), saved.get((slot.slug, languages.ENGLISH))
                    ),
                )
                for code, _name in settings.LANGUAGES
            ],
        )
        for slot in texts.SLOTS
    ]
