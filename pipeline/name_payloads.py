"""NamePayloads: a failure that lost sight of its entry gets it back, so that it can be replayed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas.entry_json import entry_to_json
from schemas.errors import Failed
from schemas.records import Entry


class NamePayloads(beam.PTransform[tuple[PCollection[Failed], PCollection[Entry]], PCollection[Failed]]):
    """(Failed, Entry) -> Failed, one out per failure in; with the entry as JSON where one is known.

    Stages after ExtractArticle see articles, which name their entries by key only. Carrying the whole entry
    through every stage would cost more than one join over the few that failed.
    """

    def expand(self, inputs: tuple[PCollection[Failed], PCollection[Entry]]) -> PCollection[Failed]:
        failures, entries = inputs
        named: PCollection[Failed] = (
            {
                "failures": failures | "KeyFailures" >> beam.Map(lambda failed: (failed.entry_key, failed)),
                "entries": entries | "KeyEntries" >> beam.Map(lambda entry: (entry.key, entry)),
            }
            | "Join" >> beam.CoGroupByKey()
            | "Name" >> beam.FlatMap(_named)
        )
        return named


def _named(group: tuple[str, dict[str, Iterable[Failed | Entry]]]) -> Iterator[Failed]:
    entries = [entry for entry in group[1]["entries"] if isinstance(entry, Entry)]
    for failed in group[1]["failures"]:
        if isinstance(failed, Failed):
            unnamed = entries and not failed.entry_json
            yield replace(failed, entry_json=entry_to_json(entries[0])) if unnamed else failed
