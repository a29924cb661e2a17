"""The written documents: links lead somewhere, decisions have their parts, make targets exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_to_files(page):
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text())

    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/adr/*.md")), ids=lambda page: page.stem)
def test_decision_has_its_four_parts(page):
    parts = re.findall(r"^(?:## |\*\*)(Context|Decision|Not chosen|Consequences)", page.read_text(), re.MULTILINE)

    assert parts == ["Context", "Decision", "Not chosen", "Consequences"]


def test_readme_and_contributing_name_only_make_targets_that_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set()
    for name in ("README.md", "CONTRIBUTING.md", "docs/operations.md"):
        for words in re.findall(r"(?:`|^    )make ([a-z -]+?)(?:`|$| [A-Z])", (ROOT / name).read_text(), re.MULTILINE):
            named |= set(words.split())

    assert named - targets == set()
