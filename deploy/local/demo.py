"""The demo: serve the newsroom on loopback, run the main job on it, show what a reader can ask."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from deploy.local.newsroom.serve import serve

DEFAULT_PORT = 18642
"""Fixed, so that a second run finds the same addresses and nothing new."""

SEARCHES = (
    ["search", "forced labor", "--originals-only", "--size", "3"],
    ["search", "정상회담", "--size", "3"],
    ["search", "--topic", "territory.dokdo_takeshima", "--lang", "ja", "--size", "3"],
)


def main() -> int:
    """Run the demo; the exit code of the first command that fails, else 0."""
    folder = Path(os.environ.get("STRAITWIRE_DEMO_FOLDER", "straitwire-data"))
    folder.mkdir(parents=True, exist_ok=True)
    index = str(folder / "demo.db")
    port = int(os.environ.get("STRAITWIRE_DEMO_PORT", DEFAULT_PORT))
    try:
        with serve(port) as site, tempfile.TemporaryDirectory() as temporary:
            print(f"The demo newsroom is at {site.base_url}\n", flush=True)
            settings = Path(temporary) / "settings.yaml"
            feeds = Path(temporary) / "feeds.yaml"
            feeds.write_text(site.feeds_yaml, encoding="utf-8")
            settings.write_text(yaml.safe_dump(demo_settings(str(feeds), index)), encoding="utf-8")
            code = straitwire("run", "--settings", str(settings), "--poll-all")
    except OSError as error:
        print(f"port {port} is taken ({error.strerror}): name another one in STRAITWIRE_DEMO_PORT", file=sys.stderr)
        return 2
    if code:
        return code
    for command in (["report"], *SEARCHES):
        shown = " ".join(f'"{word}"' if " " in word else word for word in command)
        print(f"\n$ straitwire {shown} --index {index}", flush=True)
        code = straitwire(*command, "--index", index)
        if code:
            return code
    print(f"\nMore, with --index {index}: .venv/bin/straitwire story ID_OR_URL, why ID_OR_URL; straitwire --help")
    return 0


def demo_settings(feeds_file: str, index: str) -> dict[str, object]:
    """Settings for a site of our own: no need to be slow, and it is on a private address."""
    return {
        "feeds": [feeds_file],
        "index": index,
        "allow_private": ["127.0.0.1"],
        "fetch": {"per_host_gap_seconds": 0, "per_host_concurrency": 8},
    }


def straitwire(*arguments: str) -> int:
    """The command as a person would call it."""
    return subprocess.run([sys.executable, "-m", "pipeline", *arguments], check=False).returncode  # noqa: S603  # our own command


if __name__ == "__main__":
    sys.exit(main())
