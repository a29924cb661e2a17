"""The words we translated are the words that are shown."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation

CATALOGS = [Path(folder) / "es/LC_MESSAGES/django.po" for folder in settings.LOCALE_PATHS]


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda path: path.parents[3].name)
def test_no_package_of_others_speaks_over_our_words(catalog):
    """`Phone` is a word of django-allauth too: whoever comes first in the settings would decide."""
    with catalog.open("rb") as lines:
        ours = {
            (message.context, message.id): message.string
            for message in read_po(lines, locale="es")
            if message.id and isinstance(message.id, str)
        }
    with translation.override("es"):
        shown = {
            (context, text): translation.pgettext(context, text) if context else translation.gettext(text)
            for context, text in ours
        }

    assert shown == ours
