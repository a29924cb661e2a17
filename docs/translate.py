"""Keeps the Spanish catalogs: `make translations` takes in new strings and compiles; `--check` fails when something is missing.

Each desk has its own catalog beside its code. Babel reads the strings, so no system tool is needed; the compiled files
are committed, so that a bare checkout speaks Spanish.
"""

import datetime as dt
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
LANGUAGE = "es"
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
# Catalog -> what it holds, the longest path first: a file belongs to the first that names it.
DESKS = {
    "intake/screening": ("intake/screening", "templates/screening"),
    "intake": ("intake", "templates/consultation", "templates/intake"),
    "scheduling": ("scheduling", "templates/times", "templates/visit", "templates/waiting"),
    "notifications": ("notifications", "templates/messages", "templates/unsubscribe"),
    "clinic": ("clinic", "templates"),
}
NOT_READ = {"tests", "migrations", "__pycache__"}
ANY_DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
CHANGES_DAILY = ("POT-Creation-Date", "PO-Revision-Date", "Generated-By", "Last-Translator", "Language-Team")
Found = tuple[Any, list[str]]


def sources() -> Iterator[tuple[str, Path]]:
    """Each file that may hold strings, with its catalog."""
    taken: set[Path] = set()
    for desk, folders in DESKS.items():
        for folder in folders:
            for path in sorted((ROOT / folder).rglob("*")):
                if path.suffix in {".py", ".html", ".txt"} and path not in taken and not NOT_READ & set(path.parts):
                    taken.add(path)
                    yield desk, path


def strings(path: Path) -> Iterator[Found]:
    """The strings marked in one file, each with its comments for translators."""
    if path.suffix == ".py":
        found = extract("python", io.BytesIO(path.read_bytes()), keywords=KEYWORDS, comment_tags=("Translators:",))
        for _line, message, comments, context in found:
            yield (context, message), comments
        return
    code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    plain = "\n".join(line.strip() for line in code.splitlines())
    for _line, name, arguments, _notes in extract_python(io.BytesIO(plain.encode()), KEYWORDS, (), {}):
        yield _as_called(str(name), arguments), []


def _as_called(name: str, arguments: Any) -> tuple[str | None, Any]:
    """(context, message) of one call that templatize wrote."""
    parts = arguments if isinstance(arguments, tuple) else (arguments,)
    context = parts[0] if name.startswith(("pgettext", "npgettext")) else None
    words = parts[1:] if context is not None else parts
    return context, (words[:2] if name.startswith(("n", "np")) else words[0])


def path_of(desk: str) -> Path:
    """Where the catalog of a desk lies."""
    return ROOT / desk / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def current() -> dict[str, Catalog]:
    """Each desk's catalog with the strings of today; a translation that stands is kept, none is guessed."""
    wanted = {desk: Catalog(locale=LANGUAGE, charset="utf-8") for desk in DESKS}
    for desk, path in sources():
        for (context, message), comments in strings(path):
            wanted[desk].add(message, context=context, auto_comments=comments)
    for desk, template in wanted.items():
        standing = path_of(desk)
        known = Catalog(locale=LANGUAGE)
        if standing.exists():
            with standing.open("rb") as lines:
                known = read_po(lines, locale=LANGUAGE)
        known.update(template, no_fuzzy_matching=True)
        known.obsolete.clear()
        known.fuzzy, known.header_comment = False, f"# Spanish of {desk}: see docs/translate.py"
        wanted[desk] = known
    return wanted


def faults(catalogs: dict[str, Catalog]) -> list[str]:
    """What is not translated, or translated with other placeholders, or in two ways."""
    said: dict[tuple[Any, Any], Any] = {}
    found = []
    for desk, catalog in catalogs.items():
        for message in catalog:
            if not message.id:
                continue
            words = message.string if isinstance(message.string, tuple | list) else (message.string,)
            if not all(words) or message.fuzzy:
                found.append(f"{desk}: not translated: {message.id!r}")
                continue
            found += [f"{desk}: {error}: {message.id!r}" for error in message.check(catalog)]
            if said.setdefault((message.context, message.id), message.string) != message.string:
                found.append(f"{desk}: translated in two ways: {message.id!r}")
    return found


def as_po(catalog: Catalog) -> bytes:
    """The catalog's text without what changes by itself."""
    out = io.BytesIO()
    write_po(out, catalog, width=110, no_location=True, sort_output=True, ignore_obsolete=True)
    lines = out.getvalue().decode().splitlines()
    return (
        "\n".join(line for line in lines if not line.startswith(tuple(f'"{name}' for name in CHANGES_DAILY))) + "\n"
    ).encode()


def as_mo(catalog: Catalog) -> bytes:
    """The compiled catalog."""
    out = io.BytesIO()
    read = read_po(io.BytesIO(as_po(catalog)), locale=LANGUAGE)
    read.creation_date = read.revision_date = ANY_DAY  # else each run writes another file
    write_mo(out, read)
    return out.getvalue()


def main() -> int:
    """Write the catalogs, or with --check say what is wrong with them."""
    settings.configure(USE_I18N=True)
    django.setup()
    catalogs = current()
    stale = []
    for desk, catalog in catalogs.items():
        for path, content in ((path_of(desk), as_po(catalog)), (path_of(desk).with_suffix(".mo"), as_mo(catalog))):
            if path.exists() and path.read_bytes() == content:
                continue
            stale.append(f"{path.relative_to(ROOT)}: not current")
            if "--check" not in sys.argv:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
    wrong = faults(catalogs)
    print("\n".join([*wrong, *(stale if "--check" in sys.argv else [])]) or "Everything is translated.")
    if wrong:
        print("Write the Spanish into the django.po of the catalogs named, then `make translations` once more.")
    elif "--check" in sys.argv and stale:
        print("Run `make translations` and commit what it writes.")
    return 1 if "--check" in sys.argv and (wrong or stale) else 0


if __name__ == "__main__":
    sys.exit(main())
