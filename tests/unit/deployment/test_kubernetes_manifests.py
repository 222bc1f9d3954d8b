"""The manifests are what Kubernetes and Flink's operator understand, and no port is open that need not be."""

from __future__ import annotations

import copy
import shutil
import subprocess
import zipfile
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.conftest import is_continuous_integration

PROJECT = Path(__file__).resolve().parents[3]
MANIFESTS = sorted((PROJECT / "deploy" / "kubernetes").glob("*.yaml"))
VERSIONS = ("1.31", "1.34")
OPERATOR = "1.10.0"
CACHE = PROJECT / ".cache" / "flink-operator"
ARTIFACT = f"org.apache.flink:flink-kubernetes-operator-api:{OPERATOR}:jar"


def documents() -> list[tuple[str, dict]]:
    return [
        (f"{path.stem}-{document['kind']}-{document['metadata']['name']}", document)
        for path in MANIFESTS
        for document in yaml.safe_load_all(path.read_text())
    ]


DOCUMENTS = dict(documents())
FLINK = next(document for document in DOCUMENTS.values() if document["kind"] == "FlinkDeployment")
POLICIES = {name: one for name, one in DOCUMENTS.items() if one["kind"] == "NetworkPolicy"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", [name for name, one in DOCUMENTS.items() if one["kind"] != "FlinkDeployment"])
def test_manifest_fits_the_schema_of_kubernetes(name, version):
    kubernetes_validate.validate(DOCUMENTS[name], version, strict=True)


@pytest.fixture(scope="module")
def operator_schema() -> dict:
    """The operator's own definition of a FlinkDeployment, out of its jar."""
    jar = CACHE / f"flink-kubernetes-operator-api-{OPERATOR}.jar"
    if not jar.exists():
        problem = "Maven is not here" if shutil.which("mvn") is None else ""
        if not problem:
            CACHE.mkdir(parents=True, exist_ok=True)
            command = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={CACHE}"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
            problem = done.stdout[-300:] if done.returncode else ""
        if problem:
            (pytest.fail if is_continuous_integration() else pytest.skip)(f"no definition of the operator: {problem}")
    with zipfile.ZipFile(jar) as archive:
        definition = yaml.safe_load(archive.read("META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml"))
    version = next(one for one in definition["spec"]["versions"] if one["name"] == "v1beta1")
    return closed(version["schema"]["openAPIV3Schema"])


def closed(schema: dict) -> dict:
    """The schema, with unknown fields refused, which the API server would drop in silence."""
    made = copy.deepcopy(schema)

    def close(node: object) -> None:
        if isinstance(node, dict):
            if "properties" in node and not node.get("x-kubernetes-preserve-unknown-fields"):
                node.setdefault("additionalProperties", False)
            for value in node.values():
                close(value)

    close(made)
    made["properties"]["apiVersion"] = made["properties"]["kind"] = {"type": "string"}
    made["properties"]["metadata"] = {"type": "object"}
    return made


def test_cluster_fits_the_definition_of_the_operator(operator_schema):
    jsonschema.validate(FLINK, operator_schema)


def test_definition_of_the_operator_refuses_a_field_that_it_does_not_know(operator_schema):
    wrong = copy.deepcopy(FLINK)
    wrong["spec"]["jobManager"]["replica"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, operator_schema)


@pytest.mark.parametrize("part", ["podTemplate", "taskManager"])
def test_pod_templates_fit_the_schema_of_kubernetes(part):
    template = FLINK["spec"][part] if part == "podTemplate" else FLINK["spec"][part]["podTemplate"]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, **copy.deepcopy(template)}
    kubernetes_validate.validate(pod, VERSIONS[-1], strict=True)


def test_every_container_asks_for_memory_and_drops_what_it_need_not_have():
    containers = [*FLINK["spec"]["taskManager"]["podTemplate"]["spec"]["containers"]]
    for one in DOCUMENTS.values():
        if one["kind"] in ("Deployment", "Job"):
            containers += one["spec"]["template"]["spec"]["containers"]
    ours = [container for container in containers if container["name"] != "flink-main-container"]
    assert {container["name"] for container in ours} == {"workers", "job-server", "submit"}
    for container in ours:
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
        assert "memory" in container["resources"]["limits"]
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_workers_listen_on_the_loopback_of_their_pod():
    workers = FLINK["spec"]["taskManager"]["podTemplate"]["spec"]["containers"][1]
    assert workers["args"][workers["args"].index("--host") + 1] == "127.0.0.1"


def test_each_pod_is_behind_a_policy_that_names_who_may_come_in():
    chosen = [policy["spec"]["podSelector"]["matchLabels"] for policy in POLICIES.values()]
    pods = [{"app": FLINK["metadata"]["name"]}]  # as the operator labels them
    pods += [one["spec"]["template"]["metadata"]["labels"] for one in DOCUMENTS.values()
             if one["kind"] in ("Deployment", "Job")]  # fmt: skip
    for labels in pods:
        assert any(wanted.items() <= labels.items() for wanted in chosen), labels
    for name, policy in POLICIES.items():
        assert "Ingress" in policy["spec"]["policyTypes"], name
        for rule in policy["spec"].get("ingress", []):
            assert rule.get("from"), f"{name} lets anybody in"
            assert rule.get("ports"), f"{name} opens every port"


def test_ports_of_flink_are_fixed_and_are_those_that_the_policy_opens():
    wanted = {"taskmanager.data.port": "6121", "taskmanager.rpc.port": "6122", "blob.server.port": "6124"}
    configuration = FLINK["spec"]["flinkConfiguration"]
    assert {name: configuration.get(name) for name in wanted} == wanted


def test_no_secret_is_in_a_manifest():
    assert not [name for name, one in DOCUMENTS.items() if one["kind"] == "Secret"]
    for path in MANIFESTS:
        assert "PASSWORD:" not in path.read_text()
