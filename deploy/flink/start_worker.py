"""One Python worker of Beam: asks the runner what to run, then runs it. The worker pool starts these.

Beam's images do this with a compiled program, which its Python package does not bring. The contract is that of Beam's
SDK containers: ``--id``, ``--control_endpoint``, ``--logging_endpoint``, ``--artifact_endpoint`` and
``--provision_endpoint``; with Beam's ``--environment_type=PROCESS`` a script may call it as well.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import hashlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import grpc
from apache_beam.portability.api import (
    beam_artifact_api_pb2,
    beam_artifact_api_pb2_grpc,
    beam_provision_api_pb2,
    beam_provision_api_pb2_grpc,
    beam_runner_api_pb2,
    endpoints_pb2,
)
from google.protobuf import json_format, text_format

from pipeline.give_back_memory import give_back_memory_every, share_memory_among_threads

_PATIENCE_SECONDS = 60
_GIVE_BACK_SECONDS = 60.0
_END_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_STAGED_AS = "beam:artifact:role:staging_to:v1"
_ENDPOINTS = ("logging", "artifact", "provision", "control")


def arguments_of(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments of the container contract."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--id", required=True)
    for name in _ENDPOINTS:
        parser.add_argument(f"--{name}_endpoint", default="")
    parser.add_argument("--folder", required=True, help="a folder of its own; staged files go there")
    return parser.parse_args(argv)


def environment_of(arguments: argparse.Namespace) -> dict[str, str]:
    """What Beam's worker reads from its environment, as the runner states it; staged files are fetched."""
    identity = (("worker_id", arguments.id),)
    with grpc.insecure_channel(arguments.provision_endpoint) as channel:
        request = beam_provision_api_pb2.GetProvisionInfoRequest()
        stub = beam_provision_api_pb2_grpc.ProvisionServiceStub(channel)
        info = stub.GetProvisionInfo(request, metadata=identity, timeout=_PATIENCE_SECONDS).info
    artifacts = info.artifact_endpoint.url or arguments.artifact_endpoint
    if info.dependencies and artifacts:
        _fetch_staged(info.dependencies, artifacts, Path(arguments.folder) / "staged", identity)
    environment = {
        "WORKER_ID": arguments.id,
        "SEMI_PERSISTENT_DIRECTORY": arguments.folder,
        "PIPELINE_OPTIONS": json_format.MessageToJson(info.pipeline_options),
        "LOGGING_API_SERVICE_DESCRIPTOR": _descriptor(info.logging_endpoint.url or arguments.logging_endpoint),
        "CONTROL_API_SERVICE_DESCRIPTOR": _descriptor(info.control_endpoint.url or arguments.control_endpoint),
        "RUNNER_CAPABILITIES": " ".join(info.runner_capabilities),
    }
    if info.status_endpoint.url:
        environment["STATUS_API_SERVICE_DESCRIPTOR"] = _descriptor(info.status_endpoint.url)
    return environment


def _descriptor(url: str) -> str:
    described: str = text_format.MessageToString(endpoints_pb2.ApiServiceDescriptor(url=url))
    return described


def _fetch_staged(dependencies: Any, endpoint: str, folder: Path, identity: tuple[tuple[str, str], ...]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with grpc.insecure_channel(endpoint) as channel:
        stub = beam_artifact_api_pb2_grpc.ArtifactRetrievalServiceStub(channel)
        wanted = beam_artifact_api_pb2.ResolveArtifactsRequest(artifacts=dependencies)
        for artifact in stub.ResolveArtifacts(wanted, metadata=identity, timeout=_PATIENCE_SECONDS).replacements:
            request = beam_artifact_api_pb2.GetArtifactRequest(artifact=artifact)
            with (folder / _staged_name(artifact)).open("wb") as file:
                for piece in stub.GetArtifact(request, metadata=identity, timeout=_PATIENCE_SECONDS):
                    file.write(piece.data)


def _staged_name(artifact: Any) -> str:
    """The base name that the submitter gave: no path, so that nothing is written outside of the folder."""
    name = ""
    if artifact.role_urn == _STAGED_AS:
        name = beam_runner_api_pb2.ArtifactStagingToRolePayload.FromString(artifact.role_payload).staged_name
    return Path(name).name or hashlib.sha256(artifact.SerializeToString()).hexdigest()


def main() -> None:
    """Run one worker until its control stream closes."""
    # A worker that hangs can be asked where: kill -USR1 prints the stack of every thread.
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    if sys.platform == "linux":  # a pool that is killed takes its workers along
        ctypes.CDLL(None).prctl(_END_WITH_PARENT, signal.SIGTERM)
    os.environ.update(environment_of(arguments_of(sys.argv[1:])))
    share_memory_among_threads()
    give_back_memory_every(_GIVE_BACK_SECONDS)
    from apache_beam.runners.worker import sdk_worker_main  # reads the environment

    sdk_worker_main.main(sys.argv)


if __name__ == "__main__":
    main()
