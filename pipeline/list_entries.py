"""ListEntries: what a source lists, sorted into entries and sources that could not be read."""

from __future__ import annotations

import apache_beam as beam
from apache_beam.pvalue import PCollection

from pipeline.stage import StageOutput, each, sort_outputs
from schemas.errors import Failed
from schemas.records import Entry

STAGE = "list_entries"


class ListEntries(beam.PTransform[PCollection[Entry | Failed], StageOutput]):
    """Entry | Failed -> Entry, or Failed(unreadable_file | bad_record | ...). One outcome per element."""

    def expand(self, listed: PCollection[Entry | Failed]) -> StageOutput:
        return sort_outputs(listed | "Sort" >> each(STAGE, _as_it_is))


def _as_it_is(element: Entry | Failed) -> Entry | Failed:
    return element
