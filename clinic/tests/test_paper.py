"""What the files outside Python say is true of the code."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def read(name: str) -> str:
    return (ROOT / name).read_text()


def pins(name: str) -> dict[str, str]:
    """`name==version` lines of a requirements or lock file, names as pip compares them."""
    found = re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s\\;]+)", read(name), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", package).lower(): version for package, version in found}


def procfile() -> dict[str, str]:
    return dict(line.split(": ", 1) for line in read("Procfile").splitlines())


def test_configuration_table_lists_exactly_the_variables_that_settings_read():
    read_by_settings = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', read("clinic/settings.py")))

    listed = set(re.findall(r"^\| `([A-Z_]+)`", read("docs/configuration.md"), re.MULTILINE))

    assert listed == read_by_settings


def test_locks_agree_with_the_pins_and_each_other():
    direct, development = pins("requirements.txt"), pins("requirements-dev.txt")
    lock, development_lock = pins("requirements.lock"), pins("requirements-dev.lock")

    assert direct.items() <= lock.items()
    assert (development | lock).items() <= development_lock.items()


def test_every_direct_dependency_says_why():
    lines = (read("requirements.txt") + read("requirements-dev.txt")).splitlines()

    assert [line for line in lines if "==" in line and "# " not in line] == []


def test_compose_runs_the_commands_of_the_procfile():
    compose = read("docker-compose.yml")

    assert [name for name, command in procfile().items() if f"command: {command}\n" not in compose] == []


def test_example_environment_names_only_variables_that_exist():
    listed = set(re.findall(r"^\| `([A-Z_]+)`", read("docs/configuration.md"), re.MULTILINE))

    example = set(re.findall(r"^([A-Z_]+)=", read(".env.example"), re.MULTILINE))

    assert example - listed == {"POSTGRES_PASSWORD"}
