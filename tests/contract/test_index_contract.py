from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.index import MATCH_END, MATCH_START, Document, Filters, Index, Kind
from connectors.index_fields import FIELDS, NOT_IN_HITS
from connectors.open_index import open_index
from schemas.documents import article_from_document, dead_letter_document, entry_document
from schemas.errors import ConfigError, Failed, FailReason, IndexUnavailableError
from schemas.feeds import FeedState, feed_state_to_document
from schemas.records import Publication, Story, StoryRole, Topics, Wire
from schemas.revisions import (
    Revision,
    Visit,
    revision_from_document,
    revision_to_document,
    visit_from_document,
    visit_to_document,
)
from schemas.run_report import RunReport, run_document
from tests.contract.articles import NOON, article, document


def put(index: Index, *documents: Document, kind: Kind = Kind.ARTICLES) -> None:
    assert [outcome.error for outcome in index.write(kind, documents)] == [""] * len(documents)


def found(index: Index, text: str, filters: Filters | None = None) -> list[str]:
    page = index.search(text, filters or Filters())
    assert page.total == len(page.hits)
    return sorted(hit.document["article_id"] for hit in page.hits)


def marked(index: Index, text: str) -> list[str]:
    return ["|".join(hit.snippets).replace(MATCH_START, "[").replace(MATCH_END, "]") for hit in index.search(text).hits]


def story(identity: str, **changes: object) -> Document:
    return {
        "story_id": identity, "origin_id": identity, "title": "T", "agency": "AP", "members": [identity],
        "publishers": ["P", "Q"], "languages": ["en"], "topics": ["trade"], "relevant": True, "size": 2,
        "publisher_count": 2, "first_published_at": None, "last_published_at": None, "origin_url": "https://p.example/s",
        "origin_publisher": "P", "carriers": ["Q"], "countries": ["KR"], "independent_count": 2, "copy_count": 1,
        "seoul_lag_seconds": None, "tokyo_lag_seconds": 90.5, "@timestamp": "2026-03-01T12:00:00.000Z",
        "first_seen_at": "2026-03-01T12:00:00.000Z", "updated_at": "2026-03-01T12:00:00.000Z", **changes,
    }  # fmt: skip


def recurring_lines(identity: str) -> Document:
    return {
        "table_id": identity, "kind": "recurring_lines", "host": "tide.example", "version": "0f", "applied": False,
        "articles": 12, "labels": ["00ff", "0a0b"], "edges": [], "inner": [], "examples": ["Ask Old Salt"],
        "updated_at": "2026-03-01T12:00:00.000Z",
    }  # fmt: skip


class TestSetup:
    def test_creates_once(self, location: str) -> None:
        with_names = open_index(location)
        assert with_names.setup()
        assert with_names.setup() == []
        with_names.close()
        again = open_index(location)
        assert again.setup() == []
        again.close()
        again.close()

    def test_keeps_what_is_there(self, index: Index) -> None:
        put(index, document("a"))
        index.setup()
        assert index.count(Kind.ARTICLES) == 1

    def test_reading_or_writing_before_it_is_one_plain_sentence(self, location: str) -> None:
        index = open_index(location)
        for use in (
            lambda: index.write(Kind.ARTICLES, [document("a")]),
            lambda: index.get_many(Kind.ARTICLES, ["a"]),
            lambda: list(index.find(Kind.ARTICLES, "url", ["x"])),
            lambda: list(index.scan(Kind.ARTICLES)),
            lambda: index.count(Kind.ARTICLES),
            lambda: index.facet(Kind.ARTICLES, "publisher"),
            lambda: index.search("word"),
            lambda: index.delete(Kind.ARTICLES, ["a"]),
        ):
            with pytest.raises(IndexUnavailableError, match="straitwire setup") as caught:
                use()
            assert location.removeprefix("http://") in str(caught.value)
            assert "\n" not in str(caught.value)
        index.close()

    def test_several_at_once(self, location: str) -> None:
        errors: list[Exception] = []

        def set_up() -> None:
            try:
                index = open_index(location)
                index.setup()
                index.write(Kind.ARTICLES, [document("a")])
                index.close()
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=set_up) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []


class TestFields:
    """A field that a stage adds and the table does not know would be refused by every index."""

    @pytest.mark.parametrize(
        ("kind", "made"),
        [
            (Kind.ARTICLES, document("a")),
            (Kind.ENTRIES, entry_document("k", "u", ["1"], "indexed", "a", "", NOON)),
            (Kind.DEAD_LETTERS, dead_letter_document(Failed("s", FailReason.DNS, "u"), "d", NOON)),
            (Kind.FEEDS, feed_state_to_document(FeedState("f", "u"))),
            (Kind.RUNS, run_document(RunReport("r", NOON))),
            (Kind.STORIES, story("s")),
            (Kind.TABLES, recurring_lines("t")),
        ],
    )
    def test_every_field_of_a_document_is_known(self, kind: Kind, made: Document) -> None:
        assert set(made) == set(FIELDS[kind])

    @pytest.mark.parametrize(
        ("kind", "made"),
        [
            (Kind.STORIES, story("s")),
            (Kind.ENTRIES, entry_document("k", "u", ["1"], "indexed", "a", "", NOON)),
            (Kind.DEAD_LETTERS, dead_letter_document(Failed("s", FailReason.DNS, "u"), "d", NOON)),
            (Kind.FEEDS, feed_state_to_document(FeedState("f", "u", polled_at=NOON))),
            (Kind.RUNS, run_document(RunReport("r", NOON))),
            (Kind.TABLES, recurring_lines("t")),
        ],
    )
    def test_every_kind_is_stored_and_read_back(self, index: Index, kind: Kind, made: Document) -> None:
        put(index, made, kind=kind)
        assert list(index.scan(kind)) == [made]


class TestWrite:
    def test_what_is_read_back_is_the_article(self, index: Index) -> None:
        written = article("a", "대통령이 도쿄에서 말했다. 😀𠮷野家\n\n「首脳会談」 “quotes” \\ \t end")
        put(index, document("a", written.body))
        assert article_from_document(index.get_many(Kind.ARTICLES, ["a"])["a"]) == written

    def test_whole_document_replaces_the_earlier(self, index: Index) -> None:
        put(index, document("a", "Envoys met in Busan.", aliases=("https://one.example/",)))
        put(index, document("a", "Ministers spoke in Nara.", aliases=("https://two.example/",), authors=("Lee",)))
        assert index.count(Kind.ARTICLES) == 1
        assert found(index, "envoys") == []
        assert found(index, "ministers") == ["a"]
        assert list(index.find(Kind.ARTICLES, "aliases", ["https://one.example/"])) == []
        assert [row["authors"] for row in index.find(Kind.ARTICLES, "aliases", ["https://two.example/"])] == [["Lee"]]

    def test_twice_the_same_is_one_document(self, index: Index) -> None:
        for _ in range(3):
            put(index, document("a"), document("b"))
        assert index.count(Kind.ARTICLES) == 2
        assert index.facet(Kind.ARTICLES, "bands") == [("band-common", 2), ("band-a", 1), ("band-b", 1)]
        assert found(index, "Busan") == ["a", "b"]

    def test_last_of_two_with_one_id_holds(self, index: Index) -> None:
        outcomes = index.write(Kind.ARTICLES, [document("a", "One."), document("a", "Two.")])
        assert [(outcome.document_id, outcome.error) for outcome in outcomes] == [("a", ""), ("a", "")]
        assert index.get_many(Kind.ARTICLES, ["a"], ["body"]) == {"a": {"body": "Two."}}

    @pytest.mark.parametrize(
        ("spoil", "said"),
        [
            pytest.param({"surprise": 1}, "unknown field 'surprise'", id="unknown field"),
            pytest.param({"topics": "trade"}, "topics", id="text for a list"),
            pytest.param({"topics": [1]}, "topics", id="number in a list"),
            pytest.param({"relevant": "yes"}, "relevant", id="text for a truth value"),
            pytest.param({"story_size": 1.5}, "story_size", id="fraction for a whole number"),
            pytest.param({"@timestamp": "yesterday"}, "@timestamp", id="no time"),
            pytest.param({"published_at": "2026-03-01T12:00:00"}, "published_at", id="time without zone"),
            pytest.param({"title": "half \ud83d a pair"}, "JSON", id="lone surrogate"),
            pytest.param({"relevance_score": float("nan")}, "JSON", id="not a number"),
            pytest.param({"cuts": [{"text": object()}]}, "JSON", id="not JSON"),
            pytest.param({"article_id": ""}, "article_id", id="no id"),
            pytest.param({"article_id": "x" * 513}, "article_id", id="id too long"),
        ],
    )
    def test_a_poisoned_document_spoils_no_other(self, index: Index, spoil: Document, said: str) -> None:
        poisoned = {**document("p"), **spoil}
        outcomes = index.write(Kind.ARTICLES, [document("a"), poisoned, document("b")])
        assert [outcome.error == "" for outcome in outcomes] == [True, False, True]
        assert said in outcomes[1].error
        assert "\n" not in outcomes[1].error
        assert sorted(row["article_id"] for row in index.scan(Kind.ARTICLES)) == ["a", "b"]

    def test_long_values_are_stored(self, index: Index) -> None:
        long = document("a", "word " * 100_000, url="https://news.example/" + "x" * 20_000, aliases=("가" * 20_000,))
        put(index, long)
        assert index.get_many(Kind.ARTICLES, ["a"]) == {"a": long}
        assert found(index, "word") == ["a"]

    def test_nothing_to_write(self, index: Index) -> None:
        assert index.write(Kind.ARTICLES, []) == []

    def test_several_writers_at_once(self, index: Index) -> None:
        errors: list[object] = []

        def write(name: str) -> None:
            mine = open_index(index.location)
            for start in range(0, 60, 20):
                rows = [document(f"{name}{number:03d}") for number in range(start, start + 20)] + [document("shared")]
                errors.extend(outcome.error for outcome in mine.write(Kind.ARTICLES, rows) if outcome.error)
            mine.close()

        threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert index.count(Kind.ARTICLES) == 241
        assert index.search("Busan").total == 241


class TestGetAndDelete:
    def test_only_those_that_exist_in_the_order_asked(self, index: Index) -> None:
        put(index, document("a"), document("b"))
        assert list(index.get_many(Kind.ARTICLES, ["b", "missing", "a", "b"])) == ["b", "a"]
        assert index.get_many(Kind.ARTICLES, []) == {}

    def test_only_the_fields_asked_for(self, index: Index) -> None:
        put(index, document("a", "Body."))
        assert index.get_many(Kind.ARTICLES, ["a"], ["body", "bands", "url"]) == {
            "a": {"body": "Body.", "bands": ["band-a", "band-common"], "url": "https://news.example/a"}
        }
        assert index.get_many(Kind.ARTICLES, ["a"], []) == {"a": {}}

    def test_deleted_documents_are_found_by_nothing(self, index: Index) -> None:
        put(index, document("a"), document("b"))
        assert index.delete(Kind.ARTICLES, ["a", "missing", "a"]) == 1
        assert index.delete(Kind.ARTICLES, ["a"]) == 0
        assert found(index, "Busan") == ["b"]
        assert index.facet(Kind.ARTICLES, "bands") == [("band-b", 1), ("band-common", 1)]
        assert [row["article_id"] for row in index.find(Kind.ARTICLES, "bands", ["band-common"])] == ["b"]

    def test_thousands_of_ids(self, index: Index) -> None:
        rows = [entry_document(f"{number:05d}", "u", ["1"], "indexed", "", "", NOON) for number in range(2500)]
        put(index, *rows, kind=Kind.ENTRIES)
        ids = [row["entry_key"] for row in rows]
        assert list(index.get_many(Kind.ENTRIES, ids, ["url"])) == ids
        assert index.delete(Kind.ENTRIES, ids[:2000]) == 2000
        assert index.count(Kind.ENTRIES) == 500


class TestFindCandidates:
    PERIOD = NOON, NOON + timedelta(hours=4)

    def candidates(self, index: Index, *bands: str) -> list[str]:
        return [row["article_id"] for row in index.find_candidates(bands, self.PERIOD, ["article_id"])]

    def test_those_of_the_period_and_those_without_a_date(self, index: Index) -> None:
        moments = {
            "early": NOON - timedelta(milliseconds=1), "first": NOON, "last": NOON + timedelta(hours=3, minutes=59),
            "late": NOON + timedelta(hours=4), "undated": None,
        }  # fmt: skip
        # written in another order than published, so that the order of writing says nothing
        for name in ("last", "early", "undated", "late", "first"):
            put(index, document(name, published_at=moments[name]))
        assert self.candidates(index, "band-common", "band-early") == ["first", "last", "undated"]

    def test_each_once_and_only_with_a_band(self, index: Index) -> None:
        put(index, document("a"), document("b"), document("c", published_at=None))
        assert self.candidates(index, "band-b", "band-common", "band-c") == ["a", "b", "c"]
        assert self.candidates(index, "band-b", "nowhere") == ["b"]
        assert self.candidates(index) == []

    def test_an_article_that_is_dated_later_is_no_longer_undated(self, index: Index) -> None:
        put(index, document("a", published_at=None))
        put(index, document("a", published_at=NOON + timedelta(days=9)))
        assert self.candidates(index, "band-a") == []
        put(index, document("a", published_at=None))
        assert self.candidates(index, "band-a") == ["a"]

    def test_nothing_after_deletion(self, index: Index) -> None:
        put(index, document("a", published_at=None), document("b"))
        index.delete(Kind.ARTICLES, ["a", "b"])
        assert self.candidates(index, "band-common") == []


class TestFind:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("bands", "band-b"), ("story_id", "b"), ("aliases", "https://m.news.example/b"), ("entry_keys", "key-b"),
            ("url", "https://news.example/b"), ("article_id", "b"),
        ],
    )  # fmt: skip
    def test_by_a_value_of_a_single_field_or_a_list(self, index: Index, field: str, value: str) -> None:
        put(index, document("a"), document("b"), document("c"))
        assert [row["article_id"] for row in index.find(Kind.ARTICLES, field, [value, "nowhere"])] == ["b"]

    def test_each_once_sorted_by_id(self, index: Index) -> None:
        put(index, document("b"), document("c"), document("a"))
        values = ["band-common", "band-b", "band-c"]
        assert list(index.find(Kind.ARTICLES, "bands", values, ["article_id"])) == [
            {"article_id": "a"}, {"article_id": "b"}, {"article_id": "c"},
        ]  # fmt: skip

    def test_nothing_for_no_values(self, index: Index) -> None:
        put(index, document("a"))
        assert list(index.find(Kind.ARTICLES, "bands", [])) == []

    def test_case_and_unicode_are_exact(self, index: Index) -> None:
        put(index, document("a", aliases=("https://e.example/대통령?q=“x”\\", "https://e.example/AbC")))
        for value, expected in (("대통령?q=“x”\\", 1), ("AbC", 1), ("abc", 0)):
            assert len(list(index.find(Kind.ARTICLES, "aliases", [f"https://e.example/{value}"]))) == expected

    def test_thousands_of_values(self, index: Index) -> None:
        put(index, document("a"), document("b"))
        values = [f"band-{number}" for number in range(20_000)] + ["band-a"]
        assert [row["article_id"] for row in index.find(Kind.ARTICLES, "bands", values)] == ["a"]

    @pytest.mark.parametrize("field", ["body", "cuts", "nonsense", "published_at", "labels", "labels.a b", "url.x"])
    def test_a_field_that_is_not_for_finding_is_a_plain_error(self, index: Index, field: str) -> None:
        for use in (
            lambda: list(index.find(Kind.ARTICLES, field, ["x"])),
            lambda: index.facet(Kind.ARTICLES, field),
            lambda: index.count(Kind.ARTICLES, Filters(equals=((field, "x"),))),
        ):
            with pytest.raises(ConfigError, match=field):
                use()


class TestFilters:
    @pytest.fixture(autouse=True)
    def _articles(self, index: Index) -> None:
        put(
            index,
            document(
                "a",
                publication=Publication("P", "KR"),
                language="ko",
                published_at=NOON - timedelta(days=1),
                labels=(("desk", "asia"),),
            ),
            document(
                "b",
                publication=Publication("Q", "JP"),
                language="ja",
                wire=Wire("Kyodo", ("Kyodo",)),
                labels=(("desk", "asia"), ("desk", "europe")),
            ),
            document("c", published_at=None, topics=Topics(), story=Story("a", StoryRole.COPY, "a"), wire=Wire()),
        )

    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            pytest.param(Filters(), "abc", id="none"),
            pytest.param(Filters(publishers=("P", "Q")), "ab", id="publishers"),
            pytest.param(Filters(topics=("diplomacy", "trade")), "ab", id="topics"),
            pytest.param(Filters(agencies=("Yonhap",)), "a", id="any agency credited"),
            pytest.param(Filters(agencies=("Kyodo", "AP")), "ab", id="agencies"),
            pytest.param(Filters(languages=("ja",)), "b", id="languages"),
            pytest.param(Filters(story_id="a"), "ac", id="story"),
            pytest.param(Filters(story_id="a", originals_only=True), "a", id="origins"),
            pytest.param(Filters(relevant=True), "ab", id="relevant"),
            pytest.param(Filters(relevant=False), "c", id="not relevant"),
            pytest.param(Filters(since=NOON), "bc", id="since is inclusive"),
            pytest.param(Filters(until=NOON), "a", id="until is exclusive"),
            pytest.param(Filters(since=NOON + timedelta(seconds=1)), "c", id="undated by first sight"),
            pytest.param(Filters(since=NOON, until=NOON + timedelta(seconds=1)), "b", id="between"),
            pytest.param(Filters(equals=(("country", "JP"),)), "b", id="a further field"),
            pytest.param(Filters(equals=(("is_wire", "true"), ("story_size", "1"))), "ab", id="truth and number"),
            pytest.param(Filters(equals=(("article_id", "c"),)), "c", id="id"),
            pytest.param(Filters(equals=(("labels.desk", "asia"),)), "ab", id="label"),
            pytest.param(Filters(equals=(("labels.desk", "asia"), ("labels.desk", "europe"))), "b", id="two labels"),
            pytest.param(Filters(topics=("diplomacy",), publishers=("Q",)), "b", id="and"),
            pytest.param(Filters(publishers=("nobody",)), "", id="nobody"),
        ],
    )
    def test_the_same_everywhere(self, index: Index, filters: Filters, expected: str) -> None:
        assert [row["article_id"] for row in index.scan(Kind.ARTICLES, filters)] == list(expected)
        assert index.count(Kind.ARTICLES, filters) == len(expected)
        assert found(index, "envoys", filters) == list(expected)
        assert found(index, "", filters) == list(expected)
        assert sum(number for _, number in index.facet(Kind.ARTICLES, "source_id", filters)) == len(expected)

    def test_stories_and_entries_have_filters_of_their_own(self, index: Index) -> None:
        put(
            index,
            story("s", first_published_at="2026-02-01T00:00:00.000Z"),
            story("t", publishers=["R"], relevant=False),
            kind=Kind.STORIES,
        )
        for filters, expected in (
            (Filters(publishers=("Q",)), ["s"]),
            (Filters(relevant=False), ["t"]),
            (Filters(agencies=("AP",), topics=("trade",), languages=("en",)), ["s", "t"]),
            (Filters(since=NOON), ["t"]),
            (Filters(until=NOON), ["s"]),
            (Filters(story_id="t"), ["t"]),
        ):
            assert [row["story_id"] for row in index.scan(Kind.STORIES, filters)] == expected
            assert index.count(Kind.STORIES, filters) == len(expected)
        put(index, entry_document("k", "u", ["1"], "pending", "", "", NOON), kind=Kind.ENTRIES)
        assert index.count(Kind.ENTRIES, Filters(equals=(("outcome", "pending"),))) == 1
        assert index.count(Kind.ENTRIES, Filters(until=NOON)) == 0

    def test_a_filter_that_the_kind_cannot_have_is_a_plain_error(self, index: Index) -> None:
        with pytest.raises(ConfigError, match="entries have no topics"):
            index.count(Kind.ENTRIES, Filters(topics=("trade",)))


class TestLabels:
    def test_are_read_back_replaced_and_counted(self, index: Index) -> None:
        put(index, document("a", labels=(("desk", "asia"), ("desk", "europe"), ("priority", "1"))), document("b"))
        assert index.get_many(Kind.ARTICLES, ["a"], ["labels"]) == {
            "a": {"labels": {"desk": ["asia", "europe"], "priority": ["1"]}}
        }
        assert index.facet(Kind.ARTICLES, "labels.desk") == [("asia", 1), ("europe", 1)]
        put(index, document("a", labels=(("desk", "africa"),)))
        assert index.facet(Kind.ARTICLES, "labels.desk") == [("africa", 1)]
        assert [row["article_id"] for row in index.find(Kind.ARTICLES, "labels.desk", ["africa", "asia"])] == ["a"]
        assert index.count(Kind.ARTICLES, Filters(equals=(("labels.never_used", "x"),))) == 0

    @pytest.mark.parametrize("labels", [{"a.b": ["x"]}, {"a": "x"}, {"a": [1]}, ["a"]])
    def test_what_are_no_labels_is_refused(self, index: Index, labels: object) -> None:
        (outcome,) = index.write(Kind.ARTICLES, [{**document("a"), "labels": labels}])
        assert "labels" in outcome.error


class TestFacet:
    def test_most_frequent_first_then_by_value(self, index: Index) -> None:
        put(index, *[document(str(n), authors=authors) for n, authors in enumerate([("B", "A"), ("C", "B"), ("D",)])])
        assert index.facet(Kind.ARTICLES, "authors") == [("B", 2), ("A", 1), ("C", 1), ("D", 1)]
        assert index.facet(Kind.ARTICLES, "authors", size=2) == [("B", 2), ("A", 1)]
        assert index.facet(Kind.ARTICLES, "relevant") == [("true", 3)]
        assert index.facet(Kind.ARTICLES, "section", Filters(publishers=("nobody",))) == []


class TestScan:
    def test_ten_thousand_documents_each_once_by_id(self, index: Index) -> None:
        keys = [f"{number * 7919 % 10007:05d}" for number in range(10_000)]
        rows = [entry_document(key, "u", ["1"], "indexed", "", "", NOON) for key in keys]
        put(index, *rows, kind=Kind.ENTRIES)
        scanned = [row["entry_key"] for row in index.scan(Kind.ENTRIES, Filters(), ["entry_key"])]
        assert scanned == sorted(keys)
        assert sum(1 for _ in index.find(Kind.ENTRIES, "outcome", ["indexed"], ["entry_key"])) == 10_000

    def test_is_the_view_of_its_beginning(self, index: Index) -> None:
        rows = [entry_document(f"{n:05d}", "u", ["1"], "indexed", "", "", NOON) for n in range(1500)]
        put(index, *rows, kind=Kind.ENTRIES)
        scan = index.scan(Kind.ENTRIES)
        first = next(scan)
        index.delete(Kind.ENTRIES, [rows[-1]["entry_key"]])
        put(index, entry_document("99999", "u", ["1"], "indexed", "", "", NOON), kind=Kind.ENTRIES)
        assert [first, *scan] == rows

    def test_may_be_left_unfinished(self, index: Index) -> None:
        put(index, document("a"), document("b"))
        scan = index.scan(Kind.ARTICLES)
        next(scan)
        scan.close()
        put(index, document("c"))


class TestSearch:
    @pytest.mark.parametrize(
        ("body", "query"),
        [
            pytest.param("Envoys met in Busan.", "envoys BUSAN", id="all words, any case"),
            pytest.param("Envoys met in Busan.", '"met in Busan"', id="quoted words in a row"),
            pytest.param("대통령이 도쿄에서 말했다.", "대통령", id="Korean: noun before its particle"),
            pytest.param("한일 관계가 나아졌다.", "한일관계", id="Korean: written with or without a space"),
            pytest.param("외교부는 6일 밝혔다.", "외교부 밝혔다", id="Korean: two words"),
            pytest.param("日韓首脳会談が開かれた。", "首脳", id="Japanese: part of a compound"),
            pytest.param("日韓首脳会談が開かれた。", "首脳会談", id="Japanese: whole compound"),
            pytest.param("東京でニュース番組", "ﾆｭｰｽ", id="half-width query"),
            pytest.param("ｶﾞｲﾄﾞﾗｲﾝを改定", "ガイドライン", id="half-width text"),
            pytest.param("ＧＳＯＭＩＡを維持", "GSOMIA", id="full-width Latin"),
            pytest.param("AP통신에 따르면", "AP", id="Latin glued to Korean"),
            pytest.param("G7首脳会議で", "G7首脳", id="mixed scripts in one word"),
            pytest.param("Shinzō Abe spoke", "Shinzo Abe", id="accents"),
            pytest.param("Shinzo Abe spoke", "Shinzō", id="accents in the query"),
            pytest.param("Korea's envoy and Japan’s minister", "korea japan", id="possessives"),
            pytest.param("A squadron of F-35s and an F-35 jet", "F-35", id="hyphen and digits"),
            pytest.param("The U.S. troops left", "U.S. troops", id="dots"),
            pytest.param("Exports of 1,000 tons", "1,000", id="thousands"),
            pytest.param("首脳😀会談のあと 대통령", "대통령", id="after an emoji"),
            pytest.param("𠮷野家の前で大統領", "大統領", id="after a rare character"),
            pytest.param("𠮷野家の前で", "𠮷野家", id="rare character"),
            pytest.param("彼は韓国へ", "韓", id="one character"),
            pytest.param("行き先は韓", "韓", id="one character at the end"),
            pytest.param("\u1100\u1161\u11a8국 정상", "각국", id="decomposed text"),
        ],
    )
    def test_finds_and_marks(self, index: Index, body: str, query: str) -> None:
        put(index, document("a", body), document("z", "Nothing of the kind. 아무것도 없음. 何もない。"))
        assert found(index, query) == ["a"]
        (snippet,) = marked(index, query)
        assert "[" in snippet
        assert snippet.replace("[", "").replace("]", "").strip("…") in body

    @pytest.mark.parametrize(
        ("body", "query"),
        [
            pytest.param("Envoys met in Busan.", "envoys Nara", id="one word is missing"),
            pytest.param("Envoys met in Busan.", '"in met"', id="other order"),
            pytest.param("Maps were shown.", "AP", id="part of a word"),
            pytest.param("首都の会談で脳の話", "首脳会談", id="characters apart"),
            pytest.param("말했다. 일본은", "다일", id="pair over a full stop"),
            pytest.param("대통령이", "통령은", id="other ending"),
            pytest.param("Envoys met.", "?!", id="nothing to look for"),
        ],
    )
    def test_does_not_find(self, index: Index, body: str, query: str) -> None:
        put(index, document("a", body))
        assert found(index, query) == []

    def test_looks_at_title_and_summary_too(self, index: Index) -> None:
        put(index, document("a", "Text.", title="외교장관 회담"), document("b", "Text.", summary="Talks in Nagasaki"))
        assert found(index, "외교장관") == ["a"]
        assert marked(index, "nagasaki") == ["Talks in [Nagasaki]"]
        assert found(index, "text nagasaki") == ["b"]

    def test_title_before_body_then_newest_then_id(self, index: Index) -> None:
        put(
            index,
            document("a", "Nagasaki again.", title="Other"),
            document("b", "Other again.", title="Nagasaki"),
            document("d", "Same words.", title="T", published_at=NOON),
            document("c", "Same words.", title="T", published_at=NOON),
            document("e", "Same words.", title="T", published_at=NOON + timedelta(hours=1)),
        )
        assert [hit.document["article_id"] for hit in index.search("nagasaki").hits] == ["b", "a"]
        assert [hit.document["article_id"] for hit in index.search("same").hits] == ["e", "c", "d"]

    def test_without_text_newest_first_and_no_score(self, index: Index) -> None:
        put(index, document("a"), document("b", published_at=NOON + timedelta(hours=1)), document("c"))
        page = index.search("")
        assert [(hit.document["article_id"], hit.score, hit.snippets) for hit in page.hits] == [
            ("b", 0.0, ()), ("a", 0.0, ()), ("c", 0.0, ()),
        ]  # fmt: skip

    def test_pages_do_not_overlap(self, index: Index) -> None:
        put(index, *[document(f"{number:02d}") for number in range(25)])
        pages = [index.search("Busan", size=10, offset=offset) for offset in (0, 10, 20, 30)]
        assert [len(page.hits) for page in pages] == [10, 10, 5, 0]
        assert {page.total for page in pages} == {25}
        ids = [hit.document["article_id"] for page in pages for hit in page.hits]
        assert ids == sorted(ids)

    def test_a_hit_is_the_document_without_its_long_parts(self, index: Index) -> None:
        written = document("a")
        put(index, written)
        (hit,) = index.search("Busan").hits
        assert hit.document == {name: value for name, value in written.items() if name not in NOT_IN_HITS}
        assert hit.score > 0

    def test_snippets_are_short_and_hold_every_match_in_reach(self, index: Index) -> None:
        put(index, document("a", "Padding words. " * 40 + "Envoys met in Busan. " + "More padding. " * 40))
        (snippet,) = marked(index, "busan envoys")
        assert "[Envoys] met in [Busan]" in snippet
        assert len(snippet) < 200
        assert snippet.startswith("…")
        assert snippet.endswith("…")

    @pytest.mark.parametrize("query", ['"', '""', "a AND", "NEAR(", "* ^ : -x", "title:x", "가" * 3000, "OR", "\x00 x"])
    def test_no_query_is_an_error(self, index: Index, query: str) -> None:
        put(index, document("a"))
        assert index.search(query).total == 0


class TestUnavailable:
    @pytest.mark.parametrize(
        "location",
        ["http://127.0.0.1:1", "http://name.invalid:9200", "/nowhere/at/all/index.db", "/proc/index.db"],
    )
    def test_a_place_that_is_not_there(self, location: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("connectors.elasticsearch_client.FIRST_CONTACT_SECONDS", 0.5)
        index = open_index(location)
        with pytest.raises(IndexUnavailableError) as caught:
            index.setup()
        index.close()
        assert location in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        ("content", "said"), [(b"not a database at all" * 100, "not an SQLite file"), (None, "is a folder")]
    )
    def test_a_path_that_is_something_else(self, tmp_path: Path, content: bytes | None, said: str) -> None:
        path = tmp_path / "index.db"
        if content is None:
            path.mkdir()
        else:
            path.write_bytes(content)
        with pytest.raises(IndexUnavailableError, match=said):
            open_index(str(path))
        if content is not None:
            assert path.read_bytes() == content


class TestRevisits:
    def test_visits_are_found_when_their_time_has_come(self, index: Index) -> None:
        times = {"early": NOON - timedelta(hours=1), "now": NOON, "late": NOON + timedelta(hours=1), "never": None}
        visits = {name: Visit(name, f"https://news.example/{name}", moment, 3, 1, 2) for name, moment in times.items()}
        put(index, *[visit_to_document(visit, NOON) for visit in visits.values()], kind=Kind.VISITS)
        due = list(index.scan(Kind.VISITS, Filters(until=NOON + timedelta(seconds=1))))
        assert [visit_from_document(row) for row in due] == [visits["early"], visits["now"]]

    def test_revisions_of_an_article_come_back_whole(self, index: Index) -> None:
        notices = (("en.label", "Correction: ten boats."), ("ja.label", "【訂正】十隻"))
        made = Revision(
            "r1", "a", "u", NOON, NOON + timedelta(hours=1), ("body",), "T", "T", "B " * 20_000, "C", notices
        )
        put(index, revision_to_document(made), kind=Kind.REVISIONS)
        put(index, revision_to_document(Revision("r2", "b", "u", NOON, NOON, (), "", "", "", "")), kind=Kind.REVISIONS)
        (row,) = index.find(Kind.REVISIONS, "article_id", ["a"])
        assert revision_from_document(row) == made
        assert index.count(Kind.REVISIONS, Filters(equals=(("correction", "true"),))) == 1
