"""What the files outside Python say is true of the code."""

import ast
import re
import subprocess
import sys

import pytest

from clinic import secret_files
from clinic.tests.paper import ROOT, our_texts, pins, read
from clinic.variables import VARIABLES

# Where packages and images come from is the business of the machine that builds, never of a file here.
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs|npmjs\.org|proxy\.golang|docker\.io|ghcr\.io|quay\.io|gcr\.io|"
    r"--(?:extra-index-url|index-url|find-links|trusted-host|registry)\b|PIP_[A-Z_]*(?:INDEX|LINKS|HOST)"
)


def calls(source: str, pattern: str) -> list[ast.Call]:
    """Calls in a module whose function, as written, matches."""
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and re.fullmatch(pattern, ast.unparse(node.func))
    ]


def first_texts(found: list[ast.Call]) -> set[str]:
    return {call.args[0].value for call in found if call.args and isinstance(call.args[0], ast.Constant)}


# --- Settings and their table ----------------------------------------------------------------------


def test_variables_are_exactly_those_that_settings_read():
    assert {row.name for row in VARIABLES} == first_texts(calls(read("clinic/settings.py"), r"env\.\w+"))


def test_variables_marked_must_are_those_that_settings_require():
    required = first_texts(calls(read("clinic/settings.py"), r"environment\.(require|check_allowed_hosts)"))

    assert {row.name for row in VARIABLES if row.is_must} == required | {"ALLOWED_HOSTS"}


# --- Locks -----------------------------------------------------------------------------------------


def test_locks_agree_with_the_pins_and_each_other():
    direct, development = pins("requirements.txt"), pins("requirements-dev.txt")
    lock, development_lock = pins("requirements.lock"), pins("requirements-dev.lock")

    assert direct.items() <= lock.items()
    assert (development | lock).items() <= development_lock.items()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_each_locked_package_has_a_hash_and_no_address(name):
    entries = re.split(r"\n(?=[a-z0-9])", read(name))

    assert [entry.split("==")[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry] == []
    assert re.findall(r"https?://", read(name)) == []


def test_no_file_names_a_registry():
    assert {path: found for path, text in our_texts().items() if (found := REGISTRY.findall(text))} == {}


@pytest.mark.parametrize(
    "parts", [("pypi", "org"), ("registry", "npmjs", "org"), ("ghcr", "io"), ("--index" + "-url",)]
)
def test_registries_are_known_by_their_names(parts):
    assert REGISTRY.search(f"from {'.'.join(parts)} ")


def test_every_direct_dependency_says_why():
    lines = (read("requirements.txt") + read("requirements-dev.txt")).splitlines()

    assert [line for line in lines if "==" in line and "# " not in line] == []


def test_every_locked_package_stands_among_the_licences_once():
    packages = read("docs/licences.md").partition("## Packages")[2]
    cells = re.findall(r"^\| [^|]+ \| ([^|]+) \|$", packages, re.MULTILINE)[1:]

    assert sorted(name for cell in cells for name in cell.split(", ")) == sorted(pins("requirements.lock"))


def test_all_files_speak_of_the_same_python():
    images = set(re.findall(r"^FROM python:(\S+)", read("Dockerfile"), re.MULTILINE))
    (minor,) = {image.rpartition(".")[0] for image in images}
    major, _dot, second = minor.partition(".")
    pyproject, makefile = read("pyproject.toml"), read("Makefile")

    assert len(images) == 1
    for lock in ("requirements.lock", "requirements-dev.lock"):
        assert re.findall(r"by pip-compile with Python (\S+)", read(lock)) == [minor]
    assert set(re.findall(r"python(3\.\d+)", makefile)) == {minor}
    assert f"({major}, {second})" in makefile
    assert f'requires-python = ">={minor},<{major}.{int(second) + 1}"' in pyproject
    assert f'target-version = "py{major}{second}"' in pyproject
    assert f'python_version = "{minor}"' in pyproject
    assert f"lib/python{minor}/" in read("docs/licences.md")


# --- Secrets as files ------------------------------------------------------------------------------


def test_secret_files_when_written_again_stay_as_they_are(tmp_path):
    folder = tmp_path / "secrets"
    secret_files.write(folder)
    before = {path.name: path.read_text() for path in folder.iterdir()}

    written = secret_files.write(folder)

    assert written == []
    assert {path.name: path.read_text() for path in folder.iterdir()} == before
    assert folder.stat().st_mode & 0o777 == 0o700


def test_secret_files_make_the_two_places_of_a_password_together(tmp_path):
    (tmp_path / "postgres_password").write_text("given\n")

    written = secret_files.write(tmp_path)

    assert "database_url" not in written
    password = re.search(r"requirepass (\S+)", (tmp_path / "redis_conf").read_text())[1]
    assert (tmp_path / "redis_url").read_text() == f"redis://:{password}@redis:6379/0\n"


def test_secret_files_are_made_by_make_without_a_package(tmp_path):
    recipe = re.search(r"^secrets: ## .*\n\t@(.*)$", read("Makefile"), re.MULTILINE)[1]

    # -S: nothing installed can be imported, as on a server.
    subprocess.run([sys.executable, "-S", "-I", "clinic/secret_files.py", tmp_path / "secrets"], cwd=ROOT, check=True)

    assert recipe == "$(PYTHON) -I clinic/secret_files.py secrets"
    assert {path.name for path in (tmp_path / "secrets").iterdir()} == set(secret_files.contents())


# --- Make ------------------------------------------------------------------------------------------


def test_every_make_target_is_phony_or_a_file_and_says_what_it_does():
    makefile = read("Makefile")
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())

    explained = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))

    assert explained == phony
