from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.misbehaving_site import MisbehavingSite

# In a process of its own, so that the peak is the fetcher's and not the site's or another test's.
_ROUND = """
import json, sys
from connectors.fetch_pages import Errand, run_errands
from schemas.records import Entry, Page, SourceKind
from schemas.settings import FetchSettings

settings = FetchSettings(per_host_gap_seconds=0, obey_robots=False, attempts=1, total_timeout_seconds=60)
urls = json.load(sys.stdin)
entries = [Entry(f"{number:032x}", url, SourceKind.URL, "list", "r") for number, url in enumerate(urls)]
reasons = {}
for _, outcome in run_errands([Errand(entry, entry.url) for entry in entries], settings, ("*.localhost",)):
    reason = "page" if isinstance(outcome, Page) else outcome.reason.value
    reasons[reason] = reasons.get(reason, 0) + 1
# Not getrusage: its peak begins with that of the process which started this one.
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
json.dump({"peak_megabytes": int(status["VmHWM"].split()[0]) / 1024, "reasons": reasons}, sys.stdout)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")
def test_memory_stays_under_400_megabytes_while_every_host_attacks(site: MisbehavingSite) -> None:
    """Default limits (16 MB a body, 64 requests at once), 80 hosts: bombs, endless bodies, and pages just allowed."""
    large = b"<p>" + b"z" * 15_000_000

    async def large_page(exchange) -> None:
        await exchange.answer(large)

    site.serve("/large", large_page)
    paths = ["/bomb/gzip", "/bomb/br", "/bomb/zstd", "/endless", "/large"]
    urls = [site.url(path, f"h{number}.localhost") for number in range(16) for path in paths]
    project = Path(__file__).parents[3]

    done = subprocess.run(
        [sys.executable, "-c", _ROUND], input=json.dumps(urls), capture_output=True, text=True, check=True, cwd=project
    )

    report = json.loads(done.stdout)
    assert report["reasons"] == {"body_too_large": 64, "page": 16}
    assert report["peak_megabytes"] < 400
