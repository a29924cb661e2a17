"""docker-compose.yml, Dockerfile and .dockerignore: no engine here runs them, so their structure is held."""

import ast
import re

import pytest

from clinic import secret_files
from clinic.tests.paper import compose, procfile, read
from clinic.variables import VARIABLES

EXACT = re.compile(
    r"postgres:\d\d\.\d+-[a-z]+|(?!postgres)[a-z]+:\d+\.\d+\.\d+(-[a-z]+)*"
)  # PostgreSQL's have two parts
CADDYFILE = re.compile(r'^COPY <<"CADDYFILE" /etc/caddy/Caddyfile\n(.*?)^CADDYFILE$', re.MULTILINE | re.DOTALL)


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
    assert services["proxy"]["ports"] == ["0.0.0.0:80:8080", "0.0.0.0:443:8443"]


def test_proxy_stands_in_the_one_network_that_web_believes():
    whole = compose()
    subnet = whole["networks"]["front"]["ipam"]["config"][0]["subnet"]

    assert whole["services"]["web"]["environment"]["TRUSTED_PROXIES"] == subnet
    assert [name for name, service in whole["services"].items() if "front" in service["networks"]] == ["proxy", "web"]
    assert whole["networks"]["back"] == {"internal": True}


def test_database_broker_and_beat_have_no_way_out():
    services = compose()["services"]

    only_inside = {name for name, service in services.items() if service["networks"] == ["back"]}
    assert only_inside >= {"postgres", "redis", "beat"}
    assert compose()["networks"]["back"]["internal"]


def test_every_image_has_an_exact_version():
    built = re.findall(r"^FROM (\S+)", read("Dockerfile"), re.MULTILINE)
    own = {service["image"] for service in compose()["services"].values() if "build" in service}
    named = {service["image"] for service in compose()["services"].values()} - own

    assert [image for image in (*built, *named) if not EXACT.fullmatch(image)] == []


@pytest.mark.parametrize("image", ["python:3.11-slim", "postgres:15", "redis:7.4-bookworm", "caddy:latest", "clinic"])
def test_a_floating_image_is_not_exact(image):
    assert not EXACT.fullmatch(image)


def test_each_image_of_ours_is_built_by_one_service_and_never_pulled():
    services = compose()["services"]
    built = [service["image"] for service in services.values() if "build" in service]

    assert len(built) == len(set(built))
    others = {name: one for name, one in services.items() if one["image"] in built and "build" not in one}
    assert {name: one["pull_policy"] for name, one in others.items()} == dict.fromkeys(
        ("web", "worker", "beat"), "never"
    )
    assert all("migrate" in one["depends_on"] for one in others.values())


def test_read_only_containers_get_configs_and_secrets_as_files():
    """Compose writes any other source into the container and refuses a read-only one."""
    whole = compose()
    for name, service in whole["services"].items():
        for kind in ("configs", "secrets") if service["read_only"] else ():
            sources = [one if isinstance(one, str) else one["source"] for one in service.get(kind, [])]
            assert [source for source in sources if "file" not in whole[kind][source]] == [], name


def test_proxy_has_its_configuration_in_the_image_and_its_address_from_the_environment():
    proxy = compose()["services"]["proxy"]
    caddyfile = CADDYFILE.search(read("Dockerfile"))[1]

    assert re.findall(r"^(\S+) \{$", caddyfile, re.MULTILINE) == ["{$PUBLIC_BASE_URL}"]
    assert proxy["environment"]["PUBLIC_BASE_URL"].startswith("${PUBLIC_BASE_URL:?")
    inner = [port.rpartition(":")[2] for port in proxy["ports"]]
    assert re.findall(r"https?_port (\d+)", caddyfile) == inner
    assert "dynamic a web 8000 {" in caddyfile


def test_no_log_grows_without_end():
    for name, service in compose()["services"].items():
        options = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "5"}}
        assert service["logging"] == options, name


def test_callers_over_ipv6_do_not_share_one_address():
    """A port without an IPv4 address listens on IPv6, too, and hands its callers on under the gateway's."""
    whole = compose()

    assert not any(network.get("enable_ipv6") for network in whole["networks"].values())
    ports = [port for service in whole["services"].values() for port in service.get("ports", [])]
    assert [port for port in ports if not port.startswith("0.0.0.0:")] == []


def test_image_leaves_out_what_it_does_not_need_and_what_git_leaves_out():
    lines = [line for line in read(".dockerignore").splitlines() if not line.startswith("#")]
    ignored = [line.strip("/") for line in read(".gitignore").split()]

    assert {".git", ".venv", "var", "secrets", ".env", ".ci", "bench", "*.dump", "**/tests"} <= set(lines)
    assert [name for name in ignored if not {name, f"**/{name}"} & set(lines)] == []


def test_image_carries_the_attributions_and_lets_its_user_read():
    lines = read(".dockerignore").splitlines()
    app = read("Dockerfile").partition(" AS app\n")[2]

    assert lines.index("docs") < lines.index("!docs/licences.md")
    assert app.index("COPY . .") < app.index("RUN chmod -R a+rX /app") < app.index("USER clinic")
