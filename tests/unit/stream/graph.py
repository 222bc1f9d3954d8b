"""The graph of a stream as a runner sees it: what a savepoint is matched by.

python -m tests.unit.stream.graph > tests/unit/stream/graph.txt
"""

from __future__ import annotations

import sys

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability import common_urns
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner

from pipeline.stream_flow import build_stream
from schemas.settings import RunSettings

SETTINGS = RunSettings(feeds=("feeds.yaml",), index="http://127.0.0.1:9200")


def graph_lines(settings: RunSettings = SETTINGS) -> list[str]:
    """One line a transform that holds code or state, in the order of the graph: label, output coders, states."""
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(["--streaming"]))
    build_stream(pipeline, settings)
    proto = pipeline.to_runner_api()
    parts = proto.components
    lines = []

    def visit(name: str) -> None:
        transform = parts.transforms[name]
        for inner in transform.subtransforms:
            visit(inner)
        if transform.subtransforms or not transform.spec.urn:
            return
        outputs = sorted(transform.outputs.items())
        coders = ", ".join(f"{tag}: {_coder(parts, parts.pcollections[one].coder_id)}" for tag, one in outputs)
        kind = transform.spec.urn.rsplit(":", 2)[-2]
        lines.append(f"{transform.unique_name} [{kind}] -> {coders}{_states(parts, transform)}")

    for root in proto.root_transform_ids:
        visit(root)
    return lines


def _coder(parts, coder_id: str) -> str:
    coder = parts.coders[coder_id]
    name = coder.spec.urn.removeprefix("beam:coder:").removesuffix(":v1")
    inner = ", ".join(_coder(parts, one) for one in coder.component_coder_ids)
    return f"{name}({inner})" if inner else name


def _states(parts, transform) -> str:
    if transform.spec.urn != common_urns.primitives.PAR_DO.urn:
        return ""
    payload = beam_runner_api_pb2.ParDoPayload.FromString(transform.spec.payload)
    states = [
        f"{name}: {_coder(parts, spec.read_modify_write_spec.coder_id)}"
        for name, spec in sorted(payload.state_specs.items())
    ]
    return f" state {', '.join(states)}" if states else ""


if __name__ == "__main__":
    sys.stdout.write("\n".join(graph_lines()) + "\n")
