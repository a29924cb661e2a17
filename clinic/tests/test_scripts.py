"""What our own scripts leave alone: text as markup, code made of text, the browser's storage, pasting."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(path.relative_to(ROOT) for path in (ROOT / "static").rglob("*.js"))
TEMPLATES = sorted(path.relative_to(ROOT) for path in (ROOT / "templates").rglob("*.html"))
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|setHTML\w*|DOMParser|srcdoc|document\.write"
)
CODE = re.compile(r"\beval\b|\bFunction\(|\bset(?:Timeout|Interval)\(\s*[\"'`]|javascript:|createElement\(\"script\"")
STORAGE = re.compile(r"localStorage|sessionStorage|indexedDB|\bcaches\b|\.cookie\b|cookieStore|serviceWorker")
PASTING = re.compile(r"[\"'](?:before)?(?:paste|copy|cut|drop)[\"']|onpaste|clipboard")


def _found(pattern):
    texts = {path.name: pattern.findall((ROOT / path).read_text()) for path in SCRIPTS}
    assert texts
    return {name: sorted(set(words)) for name, words in texts.items() if words}


def test_scripts_put_text_into_pages_as_text():
    """The board takes rows of our own server, escaped there, and compares their markup without writing any."""
    assert _found(MARKUP) == {"board.js": ["DOMParser", "outerHTML"]}
    assert re.findall(r"outerHTML\s*\+?=[^=]", (ROOT / "static/js/board.js").read_text()) == []


def test_scripts_make_no_code_of_text():
    assert _found(CODE) == {}


def test_scripts_keep_nothing_in_the_browser_but_whether_keys_are_on():
    kept = re.findall(r"setItem\((.*?)\);", (ROOT / "static/js/desk.js").read_text())

    assert _found(STORAGE) == {"desk.js": ["localStorage"]}
    assert kept == ['KEPT, areOff() ? "on" : "off"']


def test_pages_with_htmx_tell_it_to_keep_no_page_and_to_make_no_code():
    texts = {str(path): (ROOT / path).read_text() for path in TEMPLATES}
    loading = {path: text for path, text in texts.items() if "htmx" in text and "<script" in text}

    told = {path: ('"historyCacheSize":0' in text, '"allowEval":false' in text) for path, text in loading.items()}
    assert told == {"templates/admin/desk/today.html": (True, True)}


def test_scripts_never_stand_in_the_way_of_pasting():
    assert _found(PASTING) == {}
