"""The files outside Python, read for the tests that hold them to the code."""

import fnmatch
import os
import re
from pathlib import Path

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


def our_texts() -> dict[str, str]:
    """Every file of ours that is text, by its path: all but what `.gitignore` names."""
    ignored = [name.strip("/") for name in (*read(".gitignore").split(), ".git")]
    found = {}
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not _is_one_of(name, ignored)]
        for path in (Path(folder, name) for name in names if not _is_one_of(name, ignored)):
            content = path.read_bytes()
            if b"\0" not in content:
                found[str(path.relative_to(ROOT))] = content.decode()
    return found


def _is_one_of(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
