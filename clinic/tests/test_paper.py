"""What the files outside Python say is true of the code."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from clinic import secret_files
from clinic.variables import VARIABLES

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
def test_each_locked_package_has_a_hash_and_no_file_names_a_registry(name):
    entries = re.split(r"\n(?=[a-z0-9])", read(name))

    assert [entry.split("==")[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry] == []
    assert re.findall(r"https?://|--index-url|--find-links|--trusted-host", read(name)) == []


def test_every_direct_dependency_says_why():
    lines = (read("requirements.txt") + read("requirements-dev.txt")).splitlines()

    assert [line for line in lines if "==" in line and "# " not in line] == []


def test_every_package_that_the_product_needs_stands_among_the_licences():
    packages = read("docs/licences.md").partition("## Packages")[2].lower()

    assert [name for name in pins("requirements.txt") if not re.search(rf"(?<![\w-]){name}(?![\w-])", packages)] == []


# --- Containers ------------------------------------------------------------------------------------


def test_compose_runs_the_commands_of_the_procfile():
    services = compose()["services"]

    assert {name: services[name]["command"] for name in procfile()} == procfile()


def test_image_starts_the_web_command_when_told_nothing():
    command = re.search(r"^CMD (\[.*\])$", read("Dockerfile"), re.MULTILINE)

    assert " ".join(ast.literal_eval(command[1])) == procfile()["web"]


def test_compose_gives_only_variables_that_settings_read():
    names, secrets = {row.name for row in VARIABLES}, {row.name for row in VARIABLES if row.is_secret}
    services = compose()["services"]

    for service in ("migrate", "web", "worker", "beat"):
        given = set(services[service]["environment"])
        assert given - names - {f"{name}_FILE" for name in secrets} == set()


def test_compose_and_example_environment_give_every_variable_that_is_a_must():
    example = set(re.findall(r"^([A-Z_]+)=", read(".env.example"), re.MULTILINE))
    given = {name.removesuffix("_FILE") for name in compose()["services"]["web"]["environment"]}

    assert {row.name for row in VARIABLES if row.is_must} - (example | given) == set()
    assert example - {row.name for row in VARIABLES} == set()


def test_compose_secrets_are_the_files_that_make_secrets_writes():
    whole = compose()

    assert {name: secret["file"] for name, secret in whole["secrets"].items()} == {
        name: f"./secrets/{name}" for name in secret_files.contents()
    }
    mounted = {name for service in whole["services"].values() for name in service.get("secrets", [])}
    assert mounted == set(whole["secrets"])


def test_no_secret_stands_in_compose_or_the_example_environment():
    secret = re.compile(r"SECRET|KEY|TOKEN|PASSWORD|DATABASE_URL|REDIS_URL|EMAIL_URL")
    environments = [service.get("environment", {}) for service in compose()["services"].values()]

    assert [
        name for given in environments for name in given if secret.search(name) and not name.endswith("_FILE")
    ] == []
    assert secret.findall("\n".join(re.findall(r"^[A-Z_]+(?==)", read(".env.example"), re.MULTILINE))) == []


def test_every_container_is_hardened_and_has_a_health_check():
    services = compose()["services"]

    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "healthcheck" in service or name == "migrate", name
        assert service.get("user", "") != "root", name
    for stage in ("proxy", "app"):
        text = re.search(rf"^FROM \S+ AS {stage}$(.*?)(?=^FROM|\Z)", read("Dockerfile"), re.MULTILINE | re.DOTALL)[1]
        assert re.findall(r"^USER (\S+)", text, re.MULTILINE) not in ([], ["root"], ["0"])


def test_web_and_worker_can_be_scaled():
    services = compose()["services"]

    for name in ("web", "worker"):
        assert {"ports", "container_name", "hostname"} & set(services[name]) == set()
    assert services["proxy"]["ports"] == ["80:8080", "443:8443"]


def test_proxy_stands_in_the_one_network_that_web_believes():
    whole = compose()
    subnet = whole["networks"]["front"]["ipam"]["config"][0]["subnet"]

    assert whole["services"]["web"]["environment"]["TRUSTED_PROXIES"] == subnet
    assert [name for name, service in whole["services"].items() if "front" in service["networks"]] == ["proxy", "web"]
    assert whole["networks"]["back"] == {"internal": True}


def test_every_image_has_an_exact_version():
    built = re.findall(r"^FROM (\S+)", read("Dockerfile"), re.MULTILINE)
    named = [service["image"] for service in compose()["services"].values() if "build" not in service]

    assert [image for image in built + named if not re.search(r":\d+\.\d+\.?\d*(-[a-z-]+)?$", image)] == []


def test_image_leaves_out_what_it_does_not_need():
    assert {".git", ".venv", "var", "secrets", ".env", "**/tests"} <= set(read(".dockerignore").split())


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


# --- Make ------------------------------------------------------------------------------------------


def test_every_make_target_is_phony_or_a_file_and_says_what_it_does():
    makefile = read("Makefile")
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())

    explained = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))

    assert explained == phony
