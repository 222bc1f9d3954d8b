"""Wrong settings and lists: one sentence that names the file, the setting and what it has to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.command_line.conftest import sentence, straitwire


@pytest.mark.parametrize(
    ("written", "said"),
    [
        pytest.param("kep: all", "setting kep is unknown; did you mean keep?", id="unknown"),
        pytest.param("fetch: {atempts: 2}", "fetch.atempts is unknown; did you mean fetch.attempts?", id="nested"),
        pytest.param("keep: some", "setting keep must be 'all' or 'relevant', not 'some'", id="not-a-choice"),
        pytest.param("files: a.txt", "setting files must be a list, not 'a.txt'", id="no-list"),
        pytest.param("batch_entries: lots", "batch_entries must be a whole number, not 'lots'", id="no-number"),
        pytest.param("failure_share: 7", "failure_share must be less than or equal to 1, not 7", id="out-of-range"),
        pytest.param("fetch: 5", "setting fetch must be names and values, not 5", id="no-mapping"),
        pytest.param("poll_all: perhaps", "poll_all must be true or false", id="no-truth-value"),
        pytest.param('fetch: {user_agent: "a\\nb"}', "fetch.user_agent must be one line", id="line-break"),
        pytest.param("- a", "must hold names and values", id="list"),
        pytest.param("keep: [1", "line 1, is not YAML", id="not-yaml"),
    ],
)
def test_wrong_setting(at_home: Path, written: str, said: str) -> None:
    (at_home / "settings.yaml").write_text(written, encoding="utf-8")
    outcome = sentence(straitwire("run", "--settings", "settings.yaml"))
    assert said in outcome
    assert "settings.yaml" in outcome


def test_settings_in_another_encoding(at_home: Path) -> None:
    (at_home / "settings.yaml").write_bytes("keep: all".encode("utf-16"))
    assert "is not text in UTF-8" in sentence(straitwire("run", "--settings", "settings.yaml"))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        pytest.param("ulr: https://outlet.example/rss", "ulr is unknown; did you mean url?", id="unknown"),
        pytest.param("title: Outlet", "url is missing", id="missing"),
        pytest.param(
            "{url: 'https://outlet.example/', country: korea}", "two capital letters, such as KR", id="country"
        ),
        pytest.param("{url: 'https://outlet.example/', language: Korean}", "a code such as ko", id="language"),
        pytest.param("{url: 'https://outlet.example/', headers: 5}", "headers must be names and values", id="headers"),
        pytest.param(
            "{url: 'https://outlet.example/', headers: {'A b': c}}", "names of HTTP headers", id="header-name"
        ),
        pytest.param(
            '{url: "https://outlet.example/", headers: {A: "b\\nc: d"}}', "one line of text", id="header-lines"
        ),
        pytest.param("{url: 'https://outlet.example/', timezone: Seoul}", "such as Asia/Seoul", id="timezone"),
    ],
)
def test_wrong_feed(at_home: Path, row: str, said: str) -> None:
    (at_home / "feeds.yaml").write_text(f"feeds:\n  - {row}\n", encoding="utf-8")
    outcome = sentence(straitwire("run", "--feeds", "feeds.yaml"))
    assert "feeds.yaml, line 2" in outcome
    assert said in outcome
    assert not (at_home / "straitwire.db").exists()


def test_missing_secret_of_a_feed_is_known_before_anything_is_fetched(at_home: Path) -> None:
    row = "{url: 'https://outlet.example/', headers: {Cookie: '${NO_SUCH_SECRET}'}}"
    (at_home / "feeds.yaml").write_text(f"feeds:\n  - {row}\n", encoding="utf-8")
    assert "NO_SUCH_SECRET" in sentence(straitwire("run", "--feeds", "feeds.yaml"))
    assert not (at_home / "straitwire.db").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("--files", "none/*.txt"), "'none/*.txt' matches no file", id="pattern"),
        pytest.param(("--jsonl", "none.jsonl"), "'none.jsonl' matches no file", id="missing-file"),
        pytest.param(("--files", ".", "--allow-private", "not a network!"), "allow_private", id="allow-private"),
        pytest.param(("--files", ".", "--every", "soon"), "--every 'soon' is not a time", id="every"),
        pytest.param(("--files", ".", "--keep", "some"), "'all' or 'relevant'", id="keep"),
        pytest.param(("--files", ".", "--index", "gopher://a/b"), "not gopher://", id="index-scheme"),
        pytest.param(("--files", ".", "--index", "none/a.db"), "create none", id="index-folder"),
        pytest.param(("--files", ".", "--index", "http://127.0.0.1:1"), "no Elasticsearch answers", id="unreachable"),
        pytest.param((), "nothing to run on", id="no-source"),
    ],
)
def test_told_before_anything_is_fetched(at_home: Path, arguments: tuple[str, ...], said: str) -> None:
    """The feed list is fine and would be polled; the address is one that nobody may ask."""
    (at_home / "feeds.yaml").write_text("feeds:\n  - url: http://127.0.0.1:9/rss\n", encoding="utf-8")
    feeds = ("--feeds", "feeds.yaml") if arguments else ()
    outcome = straitwire("run", *feeds, *arguments)
    assert said in sentence(outcome)
    assert outcome.output == ""
    assert not (at_home / "straitwire.db").exists()


def test_feed_list_survives_import_and_export(at_home: Path) -> None:
    from connectors.feed_list import load_feed_list

    (at_home / "feeds.yaml").write_text(
        "feeds:\n  - url: https://outlet.example/rss\n    id: outlet\n    publisher: Outlet\n    country: KR\n"
        "    language: ko\n    charset: euc-kr\n    headers: {Accept: text/xml}\n    verified: true\n"
        "  - url: https://other.example/atom\n",
        encoding="utf-8",
    )
    assert straitwire("feeds", "import", "feeds.yaml", "-o", "again.yaml").code == 0
    assert load_feed_list("again.yaml") == load_feed_list("feeds.yaml")
    assert straitwire("feeds", "export", "feeds.yaml", "-o", "feeds.opml").code == 0
    assert "text/xml" not in Path("feeds.opml").read_text(encoding="utf-8")
    assert straitwire("feeds", "import", "feeds.opml", "-o", "third.yaml").code == 0
    first, third = load_feed_list("feeds.yaml")[0], load_feed_list("third.yaml")[0]
    assert (third.feed_id, third.charset, third.verified) == (first.feed_id, first.charset, first.verified)
    assert "cannot write none/a.yaml" in sentence(straitwire("feeds", "import", "feeds.opml", "-o", "none/a.yaml"))
