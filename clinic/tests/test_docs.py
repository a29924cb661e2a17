"""The written documents: links lead somewhere, decisions have their parts, make targets exist."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

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


def test_pages_name_only_make_targets_that_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        (page.name, word)
        for page in PAGES
        for words in re.findall(r"(?:`|^    )make ([a-z-]+(?: [a-z-]+)*)", page.read_text(), re.MULTILINE)
        for word in words.split()
    }

    assert {found for found in named if found[1] not in targets} == set()
    assert ("operations.md", "secrets") in named


def test_pages_name_only_commands_that_exist():
    named = {
        (page.name, command) for page in PAGES for command in re.findall(r"manage\.py\s+([a-z_]+)", page.read_text())
    }

    assert {found for found in named if found[1] not in get_commands()} == set()
    assert ("operations.md", "purge_expired") in named
