"""What the whole pipeline costs over extraction alone: CPU time and peak memory, files in, SQLite out.

    python -m tests.benchmarks.pipeline_cost [repetitions]

Both sides read the same files, the pages of the shared material repeated: each repetition has its own canonical
address and a changed sentence, so that nothing is skipped as seen. The other side is a bare loop of trafilatura's
extraction with metadata in its default settings. Figures are ratios within one run; documents written are reported.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.shared_material import shared_root

_CANONICAL = re.compile(rb"""<link[^>]+rel=["']?canonical["']?[^>]*>""", re.IGNORECASE)
_ADDRESS = re.compile(rb"""<meta[^>]+og:url[^>]*>""", re.IGNORECASE)
_HEAD = re.compile(rb"<head[^>]*>", re.IGNORECASE)
_LEAST_SENTENCE_BYTES = 60


def write_pages(folder: Path, repetitions: int) -> int:
    """Write the repeated pages; how many."""
    originals = sorted((shared_root() / "eval" / "extraction").glob("*/html/*.html.gz"))
    for repetition in range(repetitions):
        for number, path in enumerate(originals):
            content = gzip.decompress(path.read_bytes())
            address = f"https://outlet{number}.example/edition{repetition}/story{number}"
            link = f'<link rel="canonical" href="{address}">'.encode()
            content = _ADDRESS.sub(b"", _CANONICAL.sub(b"", content))
            content = _HEAD.sub(lambda head, link=link: head[0] + link, content, count=1)
            changed = with_changed_sentence(content, repetition)
            (folder / f"{repetition:03d}-{number:03d}.html.gz").write_bytes(gzip.compress(changed, 1))
    return repetitions * len(originals)


def with_changed_sentence(content: bytes, repetition: int) -> bytes:
    """The page with a number at the end of its first paragraph that is long enough to be prose."""
    end = content.find(b"</p>")
    while end != -1 and end - content.rfind(b">", 0, end) < _LEAST_SENTENCE_BYTES:
        end = content.find(b"</p>", end + 1)
    return content if end == -1 else content[:end] + f" ({repetition})".encode() + content[end:]


def measured(*command: str) -> tuple[float, float, str]:
    """CPU seconds, peak resident MB (of the largest process) and output of a command."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}: {text[-1000:]}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text


def bare_loop(folder: str) -> None:
    """Trafilatura alone over every page of a folder; prints how many gave text."""
    import trafilatura

    given = 0
    for path in sorted(Path(folder).glob("*.html.gz")):
        document = trafilatura.bare_extraction(gzip.decompress(path.read_bytes()), with_metadata=True)
        given += bool(document and document.text)
    print(given)


def main() -> None:
    """Measure both sides, the bare loop before and after the pipeline, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repetitions", type=int, nargs="?", default=3)
    parser.add_argument("--bare", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.bare:
        bare_loop(arguments.bare)
        return
    with tempfile.TemporaryDirectory() as folder:
        pages = write_pages(Path(folder), arguments.repetitions)
        index = str(Path(folder) / "index.db")
        bare = (sys.executable, "-W", "ignore", "-m", "tests.benchmarks.pipeline_cost", "--bare", folder)
        first, bare_memory, given = measured(*bare)
        run = (sys.executable, "-W", "ignore", "-m", "pipeline", "run", "--json", "--index", index)
        cpu, memory, output = measured(*run, "--files", str(Path(folder) / "*.html.gz"))
        second, _, _ = measured(*bare)
    report = json.loads(output)
    loop = (first + second) / 2
    print(f"pages {pages}; trafilatura gave text for {given.strip()}, straitwire wrote {report['articles_after']}")
    print(f"balanced {report['balanced']}, rejected {report['rejected']}, failed {report['failed']}")
    before, after, ours = (1000 * seconds / pages for seconds in (first, second, cpu))
    print(f"CPU a page: bare loop {1000 * loop / pages:.1f} ms ({before:.1f}, {after:.1f}), straitwire {ours:.1f} ms")
    print(f"ratio {cpu / loop:.2f} (goal: at most 1.25)")
    print(f"peak memory {memory:.0f} MB (goal: under 700), bare loop {bare_memory:.0f} MB")


if __name__ == "__main__":
    main()
