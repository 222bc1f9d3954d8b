"""``straitwire run --every``: one at a time, ended by a signal within seconds, and not by an index that is away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from connectors.index import Kind
from tests.end_to_end.commands import PROJECT, straitwire
from tests.end_to_end.live_press import LivePress, let_time_pass
from tests.misbehaving_site import MisbehavingSite
from tests.unit.command_line.conftest import straitwire as straitwire_here

DRAIN_SECONDS = 20  # five are promised; this machine may be slow


@pytest.fixture
def press():
    with MisbehavingSite() as site:
        yield LivePress(site)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_service_polls_what_is_due_survives_an_index_that_is_away_and_ends_when_asked(press, tmp_path, number):
    press.publish("harbour.localhost", "/news/1")
    location = tmp_path / "news.db"
    arguments = ["run", "--feeds", press.write_list(tmp_path / "feeds.yaml"), "--index", str(location)]
    arguments += ["--allow-private", "127.0.0.0/8", "--allow-private", "::1", "--every", "1s"]
    with (tmp_path / "errors").open("w") as errors:
        service = subprocess.Popen(
            [sys.executable, "-m", "pipeline", *arguments, "--json"],
            cwd=PROJECT, stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip
    try:
        assert _next(service)["articles_after"] == 1
        second = straitwire(*arguments)
        assert second.returncode == 2
        assert "another service is working" in second.stderr
        assert _next(service)["indexed"] == 0
        assert len(press.site.asked("/feed")) == 1, "a feed that is not due is left alone"

        # The file goes away (a disk that is unmounted, say), rounds fail, and it comes back.
        for name in ("news.db", "news.db-wal", "news.db-shm"):
            if (tmp_path / name).exists():
                (tmp_path / name).rename(tmp_path / f"{name}.away")
        location.mkdir()
        _wait_for(lambda: "the next round tries again" in (tmp_path / "errors").read_text())
        press.publish("harbour.localhost", "/news/2")
        location.rmdir()
        for away in tmp_path.glob("*.away"):
            away.rename(away.with_suffix(""))
        # Somebody saves the feed list half-edited: that round says so, the next one reads it again.
        written = (tmp_path / "feeds.yaml").read_text()
        (tmp_path / "feeds.yaml").write_text("feeds: [")
        _wait_for(lambda: "is not YAML" in (tmp_path / "errors").read_text())
        (tmp_path / "feeds.yaml").write_text(written)
        let_time_pass(str(location), Kind.FEEDS, "next_poll_at")
        deadline = time.monotonic() + 120
        while _next(service)["articles_after"] < 2:
            assert time.monotonic() < deadline
        began = time.monotonic()
        service.send_signal(number)
        service.communicate(timeout=DRAIN_SECONDS)
        assert time.monotonic() - began < DRAIN_SECONDS
        assert service.returncode in (0, 128 + number)
    finally:
        service.kill()
        service.wait()
    assert straitwire_here("report", "--index", str(location), "--json").code == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("errors_apart", [True, False])
def test_service_whose_output_nobody_reads_ends_when_asked(press, tmp_path, errors_apart):
    press.publish("harbour.localhost", "/news/1")
    arguments = ["run", "--feeds", press.write_list(tmp_path / "feeds.yaml"), "--index", str(tmp_path / "news.db")]
    arguments += ["--allow-private", "127.0.0.0/8", "--allow-private", "::1", "--every", "1s", "--json"]
    reader, writer = os.pipe()
    fill(writer)
    service = subprocess.Popen(
        [sys.executable, "-m", "pipeline", *arguments],
        cwd=PROJECT,
        stdout=writer,
        stderr=subprocess.DEVNULL if errors_apart else writer,
    )
    try:
        # Progress is told before the first feed is asked: with errors in the same pipe, the service stops there.
        _wait_for(lambda: press.site.asked("/news/1") if errors_apart else (tmp_path / "news.db").exists())
        with pytest.raises(subprocess.TimeoutExpired):
            service.wait(2)
        service.send_signal(signal.SIGTERM)
        assert service.wait(DRAIN_SECONDS) == 128 + signal.SIGTERM
    finally:
        service.kill()
        service.wait()
        os.close(reader)
        os.close(writer)


def fill(pipe):
    """Write until the pipe takes nothing more."""
    os.set_blocking(pipe, False)
    with suppress(BlockingIOError):
        while True:
            os.write(pipe, b"x" * 512)
    os.set_blocking(pipe, True)


def _next(service):
    """What the next round did."""
    line = service.stdout.readline()
    assert line, "the service ended"
    return json.loads(line)


def _wait_for(condition):
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)
