"""Wrong combinations are refused with the reason and the command that works."""

from __future__ import annotations

import pytest

from tests.end_to_end.commands import straitwire

FEED = "--feeds=https://one.example/rss"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param([FEED], ["--runner prism", "flink", "dataflow"], id="no runner"),
        pytest.param(["--runner=direct", FEED], ["DirectRunner", "straitwire run --every"], id="direct"),
        pytest.param(["--runner=spark", FEED], ["'spark'", "--runner prism"], id="unknown runner"),
        pytest.param(["--runner=prism"], ["--feeds"], id="no feeds"),
        pytest.param(["--runner=flink", FEED, "--index=news.db"], ["news.db", "Elasticsearch"], id="SQLite on Flink"),
        pytest.param(
            ["--runner=flink", FEED, "--index=http://127.0.0.1:9"],
            ["straitwire flink submit"],
            id="Flink",
        ),
        pytest.param(["--runner=prism", "--settings=SETTINGS", FEED], ["--files", "straitwire run"], id="files"),
        pytest.param(["--runner=prism", "--feeds=NOWHERE.yaml"], ["NOWHERE.yaml"], id="no such list"),
    ],
)
def test_what_cannot_work_is_refused_with_the_way_that_does(arguments, words, tmp_path):
    settings = tmp_path / "settings.yaml"
    settings.write_text("files: ['*.html']\n", encoding="utf-8")
    arguments = [argument.replace("SETTINGS", str(settings)) for argument in arguments]
    result = straitwire("stream", *arguments, STRAITWIRE_PRISM="/bin/true")
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    for word in words:
        assert word in " ".join(result.stderr.split()), result.stderr


def test_without_prism_the_command_that_builds_it_is_named_and_nothing_is_downloaded(tmp_path):
    result = straitwire(
        "stream", "--runner=prism", FEED, f"--index={tmp_path / 'news.db'}", STRAITWIRE_PRISM=str(tmp_path / "none")
    )
    assert result.returncode == 2
    assert "bash deploy/prism" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_prism_that_does_not_start_is_said_so(tmp_path):
    feeds = tmp_path / "feeds.yaml"
    feeds.write_text("feeds: [{url: 'https://one.example/rss'}]\n", encoding="utf-8")
    result = straitwire(
        "stream", "--runner=prism", f"--feeds={feeds}", f"--index={tmp_path / 'news.db'}", STRAITWIRE_PRISM="/bin/false"
    )
    assert result.returncode == 2
    assert "did not start" in result.stderr
