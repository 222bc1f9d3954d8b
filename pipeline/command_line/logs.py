"""Logs of a process that runs for long: lines for a person, or JSON lines with fixed keys for a collector."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

FIXED_KEYS = ("stage", "feed_id", "url", "article_id", "entry_key", "reason")
_OURS = ("pipeline", "connectors", "schemas")
_PLACEHOLDER = re.compile(r"(?:\b(\w+)=)?%(?:\.\d+)?[sdfgr]")


class JsonLines(logging.Formatter):
    """One JSON object a line: ``time``, ``level``, ``logger``, ``message``, and each of FIXED_KEYS that it names.

    A message names a key by writing it before a placeholder: ``log.warning("stage=%s url=%s gone", stage, url)``.
    """

    def format(self, record: logging.LogRecord) -> str:
        row: dict[str, str] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if isinstance(record.args, tuple):
            for placeholder, value in zip(_PLACEHOLDER.finditer(str(record.msg)), record.args, strict=False):
                if placeholder[1] in FIXED_KEYS:
                    row[placeholder[1]] = str(value)
        if record.exc_info:
            row["exception"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False)


def start_logging(as_json: bool) -> None:
    """Log to standard error: our own from INFO on, libraries from WARNING on."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if as_json else logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)
