"""The flex template's pipeline: the stream, with its settings as template parameters.

Dataflow's launcher calls this with the parameters of ``metadata.json`` and with Beam's own options. By hand, with
Google's part of Beam installed::

    python -m deploy.dataflow.launch --feeds feeds.yaml --index https://elastic.example:9243 --dry_run
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.command_line.failures import run_to_exit_code
from pipeline.prepare_stream import prepare_stream
from pipeline.stream_flow import build_stream
from schemas.errors import ConfigError
from schemas.settings import RunSettings, load_settings

# What makes the job what it has to be; the template's caller need not know. At least once is enough, because every
# write is idempotent, and spares the shuffle of exactly once.
FIXED_OPTIONS = (
    "--streaming",
    "--dataflow_service_options=streaming_mode_at_least_once",
    "--experiments=use_runner_v2",
    "--sdk_location=container",
)


def parameters() -> argparse.ArgumentParser:
    """The template's parameters; ``metadata.json`` describes the same ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", required=True, help="feed lists or feed URLs, with commas between them")
    parser.add_argument("--index", required=True, help="URL of an Elasticsearch")
    parser.add_argument("--keep", default="all", choices=("all", "relevant"))
    parser.add_argument("--contact", default="", help="URL or e-mail, sent to the sites that are asked")
    parser.add_argument("--look_every_seconds", type=float, default=1.0)
    parser.add_argument("--revisit_after_seconds", type=float, default=0.0, help="0: articles are read once")
    parser.add_argument("--dry_run", action="store_true", help="build the pipeline, and submit nothing")
    return parser


def settings_of(chosen: argparse.Namespace) -> RunSettings:
    """The settings that the parameters mean. Errors: ConfigError."""
    if "://" not in chosen.index:
        raise ConfigError(f"the index {chosen.index} is a file, which workers cannot share: name an Elasticsearch")
    return load_settings(
        "",
        feeds=tuple(part.strip() for part in chosen.feeds.split(",") if part.strip()),
        index=chosen.index,
        keep=chosen.keep,
        revisit_after_seconds=chosen.revisit_after_seconds,
        fetch={"contact": chosen.contact},
        stream={"look_every_seconds": chosen.look_every_seconds},
    )


def launch(arguments: Sequence[str]) -> None:
    """Build the stream and hand it to Dataflow.

    Errors: ConfigError and IndexUnavailableError, before anything is handed over.
    """
    chosen, beam_arguments = parameters().parse_known_args(arguments)
    settings = settings_of(chosen)
    recurring = prepare_stream(settings)
    pipeline = beam.Pipeline(options=PipelineOptions([*beam_arguments, *FIXED_OPTIONS]))
    build_stream(pipeline, settings, recurring)
    if chosen.dry_run:
        print(f"the pipeline has {len(pipeline.to_runner_api().components.transforms)} transforms; nothing submitted")
    else:
        pipeline.run()


if __name__ == "__main__":
    logging.getLogger().setLevel(logging.INFO)
    sys.exit(run_to_exit_code(lambda: launch(sys.argv[1:])))
