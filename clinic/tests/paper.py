"""The files outside Python, read for the tests that hold them to the code."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


def read(name: str) -> str:
    return (ROOT / name).read_text()


def pins(name: str) -> dict[str, str]:
    """`name==version` lines of a requirements or lock file, names as pip compares them."""
    found = re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s\\;]+)", read(name), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", package).lower(): version for package, version in found}


def procfile() -> dict[str, str]:
    return dict(line.split(": ", 1) for line in read("Procfile").splitlines())


def compose() -> dict:
    return yaml.safe_load(read("docker-compose.yml"))


def tracked_texts() -> dict[str, str]:
    """Every file that git keeps and that is text, by its path."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout of git")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    paths = [path for path in listed.decode().split("\0") if path and (ROOT / path).is_file()]
    contents = {path: (ROOT / path).read_bytes() for path in paths}
    return {path: content.decode() for path, content in contents.items() if b"\0" not in content}
