"""What has to be right before a stream is handed to a cluster, where nobody would see an error."""

from __future__ import annotations

from datetime import UTC, datetime

from connectors.address_guard import AddressGuard
from connectors.open_index import open_index
from pipeline.apply_retention import apply_retention
from pipeline.choose_due import read_sources
from pipeline.recurring_tables import load_recurring_table
from pipeline.text.recurring_lines import RecurringTable
from schemas.settings import RunSettings


def prepare_stream(settings: RunSettings) -> RecurringTable:
    """Read the feed lists, set the index up, and return the learned lines, to be frozen into the job.

    What the settings say is too old is removed.

    Errors: ConfigError for feeds that cannot be understood, IndexUnavailableError for an index out of reach.
    """
    read_sources(settings)
    AddressGuard(settings.allow_private)
    index = open_index(settings.index)
    try:
        index.setup()
        apply_retention(index, settings, datetime.now(UTC))
        return load_recurring_table(index)
    finally:
        index.close()
