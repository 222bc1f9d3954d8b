"""Write ``straitwire.ndjson``: ``python -m deploy.kibana.build [PREFIX]``. The same input gives the same bytes."""

from __future__ import annotations

import sys
from pathlib import Path

from connectors.elasticsearch_client import DEFAULT_PREFIX
from connectors.kibana.dashboards import all_objects
from connectors.kibana.saved_objects import ndjson

FOLDER = Path(__file__).resolve().parent


def main() -> None:
    """Write the objects of one index prefix beside this module."""
    prefix = sys.argv[1] if len(sys.argv) > 1 else DEFAULT_PREFIX
    path = FOLDER / f"{prefix}.ndjson"
    path.write_text(ndjson(all_objects(prefix)), encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
