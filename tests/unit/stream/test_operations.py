"""Metrics in the text format of Prometheus, and logs as JSON lines with fixed keys."""

from __future__ import annotations

import json
import logging
import re
import threading
import urllib.request

import pytest

from pipeline.command_line.logs import JsonLines
from pipeline.export_metrics import CONTENT_TYPE, exposition, metrics_exported
from pipeline.tally import TALLY, Tally
from schemas.errors import ConfigError

_LINE = re.compile(r'[a-z_]+(\{[a-z_]+="(?:[^"\\\n]|\\.)*"(,[a-z_]+="(?:[^"\\\n]|\\.)*")*\})? -?\d+(\.\d+)?')


def test_the_text_is_what_the_format_allows_and_classes_add_up():
    tally = Tally()
    tally.count("fetch_pages", "failed_http_not_found", 2)
    tally.count("index_articles", "written", 3)
    for value in (5, 50, 10**9):
        tally.observe("settle_entries", "duration_ms", value)
    tally.set_lag('a "quoted"\\feed\n', 12.5)
    text = exposition(tally.sums())
    lines = text.splitlines()
    assert text.endswith("\n")
    assert [line for line in lines if not line.startswith("# ") and not _LINE.fullmatch(line)] == []
    assert 'straitwire_elements_total{stage="fetch_pages",way="failed",reason="http_not_found"} 2' in lines
    assert 'straitwire_elements_total{stage="index_articles",way="written",reason=""} 3' in lines
    assert 'straitwire_duration_ms_bucket{stage="settle_entries",le="10"} 1' in lines
    assert 'straitwire_duration_ms_bucket{stage="settle_entries",le="100"} 2' in lines
    assert 'straitwire_duration_ms_bucket{stage="settle_entries",le="+Inf"} 3' in lines
    assert 'straitwire_duration_ms_count{stage="settle_entries"} 3' in lines
    assert 'straitwire_feed_lag_seconds{feed="a \\"quoted\\"\\\\feed\\n"} 12.500' in lines
    declared = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
    assert len(declared) == len(set(declared))


def test_metrics_are_served_on_loopback_and_written_whole(tmp_path):
    TALLY.count("metrics_test", "received", 1)
    file = tmp_path / "straitwire.prom"
    with metrics_exported(0, str(file)) as port:
        assert "metrics_test" in file.read_text()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            assert answer.headers["Content-Type"] == CONTENT_TYPE
            assert "metrics_test" in answer.read().decode()
        with pytest.raises(ConfigError, match="--metrics-port"), metrics_exported(port):
            pass
        TALLY.count("metrics_test", "emitted", 1)
    assert 'stage="metrics_test",way="emitted"' in file.read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["straitwire.prom"]


def test_a_metrics_file_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="name another file"), metrics_exported(file=str(tmp_path / "no" / "file")):
        pass


def test_counts_of_many_threads_add_up():
    tally = Tally()
    threads = [
        threading.Thread(target=lambda: [tally.count("stage", "received", 1) for _ in range(1000)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tally.sums().counters == {"stage": {"received": 8000}}


def test_a_log_line_is_one_json_object_with_the_keys_that_its_message_names():
    record = logging.LogRecord(
        "pipeline.stage", logging.ERROR, "stage.py", 1, "a bug: stage=%s url=%s %s\n",
        ("tag_topics", "https://one.example/", "x"), None,
    )  # fmt: skip
    line = JsonLines().format(record)
    assert "\n" not in line
    row = json.loads(line)
    assert row["stage"] == "tag_topics"
    assert row["url"] == "https://one.example/"
    assert row["level"] == "ERROR"
    assert row["logger"] == "pipeline.stage"
    assert row["message"] == "a bug: stage=tag_topics url=https://one.example/ x\n"
    assert row["time"].endswith("+00:00")
