"""docs/asvs.md has a row for each requirement that applies, names only what exists, and counts right."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/asvs.md").read_text()
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if re.match(r"\| \d", line)]
STATES = ("partly", "not met", "does not apply")
IS_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)+|[\w.-]+\.(?:md|txt|lock|yml)|Dockerfile|\.dockerignore")
IS_TEST = re.compile(r"`[\w/.]+\.py::test_\w+`(?:, `[\w/.]+\.py::test_\w+`)*|`document: [^`]+`|by hand: .+|no test")
# Levels 1 and 2 of ASVS 5.0.0 as far as the product has such a thing, conditional ones too.
LEVELS_1_AND_2 = """
1.1.1-2 1.2.1-5 1.2.9 1.3.1-3 1.3.5-7 1.3.10-11 1.4.2 1.5.2
2.1.1-3 2.2.1-3 2.3.1-4 2.4.1
3.2.1-2 3.3.1-4 3.4.1-6 3.5.1-4 3.7.1-2
4.1.1-3 4.2.1
5.1.1 5.2.1-3 5.3.1-2 5.4.1-3
6.1.1-3 6.2.1-12 6.3.1-4 6.4.1-4 6.5.1-5 6.6.1-3
7.1.1-2 7.2.1-4 7.3.1-2 7.4.1-5 7.5.1-2 7.6.2
8.1.1-2 8.2.1-3 8.3.1 8.4.1
9.1.1-3 9.2.1-4
11.1.1-2 11.2.1-3 11.3.1-3 11.4.1-4 11.5.1 11.6.1
12.1.1-2 12.2.1-2 12.3.1-4
13.1.1 13.2.1-5 13.3.1-2 13.4.1-5
14.1.1-2 14.2.1-4 14.3.1-3
15.1.1-3 15.2.1-3 15.3.1-7
16.1.1 16.2.1-5 16.3.1-4 16.4.1-3 16.5.1-3
"""
LEVEL_3 = "1.2.10 2.4.2 3.4.7 3.4.8 4.1.4 8.3.2 14.2.6 14.2.7 15.4.2 16.3.2-L3 16.5.4"


def _ids(text):
    for word in text.split():
        span = re.fullmatch(r"(\d+\.\d+)\.(\d+)-(\d+)", word)
        yield from [f"{span[1]}.{last}" for last in range(int(span[2]), int(span[3]) + 1)] if span else [word]


def _state(met_by):
    return next((state for state in STATES if met_by.startswith(f"{state}: ")), "met")


def _named(row):
    """What stands in code marks in the last two cells."""
    return re.findall(r"`([^`]+)`", " ".join(row[2:]))


def _stands(name):
    """Whether a test, a heading or a file of that name is there; other words in code marks are no names."""
    if "::" in name:
        path, test = name.split("::")
        return (ROOT / path).is_file() and re.search(rf"^ *def {test}\(", (ROOT / path).read_text(), re.MULTILINE)
    if name.startswith("document: "):
        path, heading = name.removeprefix("document: ").split("#")
        titles = re.findall(r"^#+ (.+)$", (ROOT / path).read_text(), re.MULTILINE)
        return heading in {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}
    return not IS_PATH.fullmatch(name) or (ROOT / name).exists()


def test_each_requirement_that_applies_has_one_row():
    assert Counter(row[0] for row in ROWS) == Counter([*_ids(LEVELS_1_AND_2), *LEVEL_3.split()])


def test_rows_name_only_what_exists():
    assert [(row[0], name) for row in ROWS for name in _named(row) if not _stands(name)] == []


def test_each_row_says_what_holds_it():
    known = {row[0] for row in ROWS if len(row) == 4 and (IS_TEST.fullmatch(row[3]) or _state(row[2]) == STATES[2])}
    assert [row[0] for row in ROWS if row[0] not in known] == []


def test_head_counts_right():
    count = Counter(_state(row[2]) for row in ROWS)
    words = ", ".join(f"{state} {count[state]}" for state in ("met", *STATES)).capitalize()
    assert f"{words}: {len(ROWS)} in all." in PAGE
