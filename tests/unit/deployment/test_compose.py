"""deploy/compose without an engine: what it publishes, mounts, waits for and runs; its scripts with the real tools.

No container was started here: ``docker compose config`` reads the file where the client has it.
"""

from __future__ import annotations

import os
import re
import shutil
import ssl
import stat
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
import typer.main
import yaml

from connectors.elasticsearch_roles import roles
from pipeline.command_line.application import application
from tests.conftest import is_continuous_integration
from tests.elasticsearch_server import NoServerError, fetch

FOLDER = Path(__file__).resolve().parents[3] / "deploy" / "compose"
FILE = FOLDER / "compose.yaml"
TEXT = FILE.read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
SCRIPTS = sorted(FOLDER.glob("*.sh"))
ROLES = Path(FOLDER.parent / "elasticsearch" / "roles.yml")


def defaults(text):
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def test_only_loopback_is_published():
    published = [defaults(port) for service in SERVICES.values() for port in service.get("ports", ())]
    assert sorted(published) == ["127.0.0.1:5601:5601", "127.0.0.1:9200:9200"]


def test_one_variable_chooses_the_stack_and_everything_is_pinned():
    assert set(re.findall(r"\$\{(\w+)", TEXT)) == {
        "STACK_VERSION", "FEEDS", "MEMORY_LIMIT", "ELASTICSEARCH_PORT", "KIBANA_PORT",
    }  # fmt: skip
    versions = set(re.findall(r"STACK_VERSION:-([\d.]+)", TEXT))
    assert len(versions) == 1
    assert versions.pop().startswith("8.19.")
    for service in SERVICES.values():
        assert re.search(r":(\$\{STACK_VERSION:-[\d.]+\}|\d+\.\d+\.\d+)$", service["image"])
    for path in FOLDER.glob("Dockerfile.*"):
        for image in re.findall(r"^FROM (\S+)", path.read_text("utf-8"), flags=re.MULTILINE):
            assert re.search(r":(\$\{STACK_VERSION\}|3\.11-slim)$", image)


def test_no_password_is_written_down():
    for path in (FILE, *SCRIPTS, *FOLDER.glob("Dockerfile.*")):
        for line in path.read_text("utf-8").splitlines():
            named = re.search(r"(?i)(?:password|secret|api_key)\w*\"?\s?[:=]\s?[\"']?(\w[^\s\"']{3,})", line)
            if named and not line.lstrip().startswith("#"):
                assert "/" in named[1], line
    environment = [service.get("environment", {}) for service in SERVICES.values()]
    secret = [name for one in environment for name in one if re.search(r"(?i)password|key$", name)]
    assert set(secret) == {
        "ELASTIC_PASSWORD_FILE", "STRAITWIRE_ES_PASSWORD_FILE", "xpack.security.http.ssl.key",
        "xpack.security.transport.ssl.key",
    }  # fmt: skip


def test_everything_that_is_waited_for_exists_and_ends_or_answers():
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            awaited = SERVICES[other]
            if how["condition"] == "service_healthy":
                assert "healthcheck" in awaited
            else:
                assert how["condition"] == "service_completed_successfully", name
                assert "restart" not in awaited
    order = ["secrets", "elasticsearch", "accounts", "kibana", "setup", "pipeline"]
    for before, after in pairwise(order):
        assert before in SERVICES[after]["depends_on"]
    assert SERVICES["password"]["profiles"]


def test_files_that_are_mounted_or_built_exist():
    for service in SERVICES.values():
        for mount in map(defaults, service.get("volumes", ())):
            outside, inside = mount.split(":")[:2]
            assert inside.startswith("/")
            if outside.startswith("."):
                assert (FOLDER / outside).is_file(), mount
            else:
                assert outside in COMPOSE["volumes"]
        if "build" in service:
            context = FOLDER / service["build"]["context"]
            assert (context / service["build"]["dockerfile"]).is_file()
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())}
    assert COMPOSE["volumes"].keys() <= used
    project = FOLDER.parents[1]
    copied = re.findall(r"^COPY (.+) \S+$", (FOLDER / "Dockerfile.straitwire").read_text("utf-8"), flags=re.MULTILINE)
    assert all((project / path).exists() for line in copied for path in line.split())


def test_the_commands_are_ours():
    commands = typer.main.get_command(application).commands
    for name in ("setup", "pipeline"):
        program, command, *arguments = SERVICES[name]["command"]
        assert program == "straitwire"
        options = {option for parameter in commands[command].params for option in parameter.opts}
        assert {argument for argument in arguments if argument.startswith("--")} <= options


def test_accounts_have_roles_that_exist():
    script = (FOLDER / "make_accounts.sh").read_text("utf-8")
    named = {role for group in re.findall(r'"roles": \[([^]]*)\]', script) for role in re.findall(r'"(\w+)"', group)}
    ours = {role for role in named if role.startswith("straitwire")}
    assert named - ours == {"kibana_admin"}
    assert ours <= yaml.safe_load(ROLES.read_text("utf-8")).keys() == roles("straitwire").keys()
    users = {service["environment"]["STRAITWIRE_ES_USER"] for service in (SERVICES["setup"], SERVICES["pipeline"])}
    assert users == set(re.findall(r"post /_security/user/(straitwire_\w+)", script))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_sound(script):
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    if shutil.which("shellcheck"):
        done = subprocess.run(["shellcheck", str(script)], capture_output=True, text=True, check=False)
        assert done.stdout == ""


def test_secrets_are_made_once_with_the_servers_own_tool(tmp_path):
    try:
        home = fetch()
    except NoServerError as error:
        if is_continuous_integration():
            pytest.fail(str(error))
        pytest.skip(str(error))
    if shutil.which("unzip") is None:
        pytest.skip("there is no unzip")
    environment = {
        "PATH": f"{home / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "SECRETS": str(tmp_path),
        "HOME": str(tmp_path),
        "ES_JAVA_HOME": os.environ.get("JAVA_HOME") or str(Path(shutil.which("java") or "").resolve().parents[1]),
    }

    def make():
        done = subprocess.run(
            ["bash", str(FOLDER / "make_secrets.sh")], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.glob("*/*")}

    made = make()
    assert make() == made
    passwords = [body for name, body in made.items() if name.endswith(("password", "encryption-key"))]
    assert len(passwords) == len(set(passwords)) == 5
    assert all(len(body) >= 32 and body.isalnum() for body in passwords)
    assert not [name for name in made if name.endswith(("ca.key", ".new"))]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*/*")} == {0o400}
    assert made["pipeline/ca.crt"] == made["elasticsearch/ca.crt"]
    context = ssl.create_default_context(cafile=str(tmp_path / "kibana" / "ca.crt"))
    assert len(context.get_ca_certs()) == 1
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(
        tmp_path / "elasticsearch" / "elasticsearch.crt", tmp_path / "elasticsearch" / "elasticsearch.key"
    )
    assert handshake(context, server, "elasticsearch")


def handshake(client_context, server_context, name):
    """Whether a client that trusts the authority accepts the server's certificate for this name."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(to_client, to_server, server_hostname=name)
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    done = set()
    for _ in range(10):
        for side in (client, server):
            if side in done:
                continue
            try:
                side.do_handshake()
                done.add(side)
            except ssl.SSLWantReadError:
                pass
    return len(done) == 2


def test_docker_compose_reads_it():
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode
    ):
        pytest.skip("the docker client has no compose here")
    done = subprocess.run(
        ["docker", "compose", "-f", str(FILE), "config", "--quiet"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
