"""``python -m pipeline`` is the ``straitwire`` command."""

from __future__ import annotations

from pipeline.command_line.application import main

if __name__ == "__main__":
    main()
