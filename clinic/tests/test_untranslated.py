"""The finder of untranslated words finds them."""

from django.template import Context, Template
from django.utils import translation

from clinic.tests.untranslated import marked, words_outside

PAGE = """{% load i18n %}<script>var words = "not seen";</script>
<h1>{% translate "Hello" %}</h1><p>{% blocktranslate %}Dear <b>{{ name }}</b>, good day{% endblocktranslate %}</p>"""


def rendered(page, **values):
    with translation.override("es"), marked():
        return Template(page).render(Context(values))


def test_a_page_that_is_all_marked_has_no_words_outside():
    assert words_outside(rendered(PAGE, name="Sam")) == []


def test_a_forgotten_sentence_and_a_forgotten_label_are_found():
    page = PAGE + '<p>See you then</p><img alt="A map">'

    assert words_outside(rendered(page, name="Sam")) == ["See you then", "A map"]


def test_names_are_nobody_s_to_translate():
    page = PAGE + "<p>Dr. Example, 555-0100</p>"

    assert words_outside(rendered(page), nobodys=["Dr. Example"]) == []
