from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.transforms.display import DisplayData
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.bulk_writes.bulk_answer import Conflicts, Reason
from connectors.bulk_writes.bulk_limits import Limits
from connectors.bulk_writes.bulk_retries import RetryPolicy
from pipeline.elasticsearch_io import (
    AcrossBundles,
    ActionFields,
    Connection,
    EnvironmentCredentials,
    FileCredentials,
    SinkOptions,
    WriteToElasticsearch,
)
from tests.lying_bulk_server import LIES, LyingBulkServer, lying_bulk_server
from tests.unit.elasticsearch_io.sink_pipeline import QUICK, WINDOW_SECONDS, metrics, number, run_sink

KINDS = ("good", "item", "request", "large", "no id", "no json")


def element(n: int, kind: str) -> dict[str, Any]:
    row: dict[str, Any] = {"n": n, "text": "x" * (n % 40)}
    if kind in ("item", "request"):
        row["poison"] = kind
    if kind == "large":
        row["text"] = "x" * 70_000
    if kind == "no id":
        del row["n"]
    if kind == "no json":
        row["text"] = object()
    return row


@pytest.fixture
def server() -> Iterator[LyingBulkServer]:
    with lying_bulk_server() as opened:
        yield opened


class TestEveryElementLeavesOnce:
    @pytest.mark.parametrize("across", [None, AcrossBundles(2, None)], ids=["bundles", "across bundles"])
    @settings(max_examples=12, suppress_health_check=list(HealthCheck))
    @given(kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=40), seed=st.integers(0, 10**6))
    def test_however_the_server_lies(self, across: AcrossBundles | None, kinds: list[str], seed: int) -> None:
        draw = Random(seed)
        rows = [element(n, kind) for n, kind in enumerate(kinds)]
        with lying_bulk_server(seed) as server:
            server.largest_bytes = 50_000
            server.lie = lambda: draw.choice(LIES)
            written, failed, _ = run_sink(server.url, rows, ActionFields("news", id=number), across_bundles=across)
        assert len(written) + len(failed) == len(rows)
        good = {n for n, kind in enumerate(kinds) if kind == "good"}
        assert {seen.element["n"] for seen, _, _ in written} == good
        expected = {"item": "refused", "request": "refused", "large": "too_large", "no id": "bad_element"}
        assert Counter(seen.reason.value for seen, _, _ in failed) == Counter(
            expected.get(kind, "bad_element") for kind in kinds if kind != "good"
        )
        assert server.documents == {("news", str(n)): rows[n] for n in good}
        for _, timestamp, window in [*written, *failed]:
            assert window <= timestamp < window + WINDOW_SECONDS
        assert sorted(stamp for _, stamp, _ in [*written, *failed]) == list(range(len(rows)))
        assert all(seen.element["n"] == stamp for seen, stamp, _ in written)

    @pytest.mark.parametrize("lie", LIES)
    def test_each_lie_for_itself(self, server: LyingBulkServer, lie: str) -> None:
        lies = iter([lie] * 3)
        server.lie = lambda: next(lies, "honest")
        rows = [{"n": n} for n in range(20)]
        written, failed, _ = run_sink(server.url, rows, ActionFields("news", id=number))
        assert sorted(seen.element["n"] for seen, _, _ in written) == list(range(20))
        assert failed == []
        assert server.documents == {("news", str(n)): {"n": n} for n in range(20)}

    @pytest.mark.parametrize("lie", ["reset before", "cut off", "no items", "429", "all refused", "reordered"])
    def test_a_server_that_never_takes_them_gives_failures_not_an_error(
        self, server: LyingBulkServer, lie: str
    ) -> None:
        server.lie = lambda: lie
        options = SinkOptions(Limits(5, 2000), RetryPolicy(3, 30, 0.001, 0.002))
        written, failed, _ = run_sink(server.url, [{"n": n} for n in range(12)], ActionFields("i", id=number), options)
        assert {seen.reason for seen, _, _ in failed} <= {Reason.EXHAUSTED}
        if lie == "reordered":  # a single item has no order, and smaller bulks are sent each time
            assert len(written) + len(failed) == 12
        else:
            assert (len(written), len(failed)) == (0, 12)
            assert {seen.attempts for seen, _, _ in failed} == {3}

    def test_exhausted_retries_can_fail_the_bundle_instead(self, server: LyingBulkServer) -> None:
        server.lie = lambda: "503"
        options = SinkOptions(Limits(5, 2000), RetryPolicy(2, 30, 0.001, 0.002), fail_exhausted=False)
        with pytest.raises(Exception, match="keeps refusing writes"):
            run_sink(server.url, [{"n": 1}], ActionFields("i", id=number), options)

    def test_a_create_whose_answer_was_lost_is_our_own(self, server: LyingBulkServer) -> None:
        lies = iter(["reset after"])
        server.lie = lambda: next(lies, "honest")
        options = SinkOptions(Limits(50, 10**6), QUICK, conflicts=Conflicts.FAIL)
        fields = ActionFields("i", id=number, operation="create")
        written, failed, _ = run_sink(server.url, [{"n": n} for n in range(5)], fields, options)
        assert [seen.result for seen, _, _ in written] == ["created"] * 5
        assert failed == []

    def test_without_ids_a_lost_answer_doubles_nothing(self, server: LyingBulkServer) -> None:
        lies = iter(["reset after", "cut off", "no items"])
        server.lie = lambda: next(lies, "honest")
        run_sink(server.url, [{"n": n} for n in range(30)], ActionFields("i"))
        assert sorted(row["n"] for row in server.documents.values()) == list(range(30))


class TestRequests:
    def test_stay_within_documents_and_bytes(self, server: LyingBulkServer) -> None:
        rows = [{"n": n, "text": "x" * (97 * n % 230)} for n in range(200)]
        options = SinkOptions(Limits(9, 1500), QUICK, in_flight=1)
        run_sink(server.url, rows, ActionFields("i", id=number), options)
        assert max(map(len, server.requests)) == 9
        assert max(server.bodies) <= 1500
        # No request is sent early: what follows would not have fitted.
        for request, after in zip(server.requests, server.requests[1:], strict=False):
            assert len(request) == 9 or sum(a.size + 2 for a in (*request, after[0])) > 1500

    def test_only_what_was_refused_goes_again(self, server: LyingBulkServer) -> None:
        lies = iter(["some refused"])
        server.lie = lambda: next(lies, "honest")
        run_sink(server.url, [{"n": n} for n in range(40)], ActionFields("i", id=number), SinkOptions(retries=QUICK))
        first, *more = server.requests
        assert len(first) == 40
        assert 0 < sum(map(len, more)) < 40

    def test_shrink_under_429_and_grow_back(self, server: LyingBulkServer) -> None:
        lies = iter(["429"] * 4)
        server.lie = lambda: next(lies, "honest")
        options = SinkOptions(Limits(64, 10**6), QUICK, in_flight=1)
        _, _, run = run_sink(server.url, [{"n": n} for n in range(2000)], ActionFields("i", id=number), options)
        sizes = [len(request) for request in server.requests]
        assert sizes[:5] == [64, 32, 16, 8, 4]
        assert max(sizes[12:]) == 64
        assert metrics(run)["throttled_ms"] >= 0

    def test_several_are_in_flight_and_no_more(self, server: LyingBulkServer) -> None:
        server.lie = lambda: "late"
        options = SinkOptions(Limits(2, 10**6), QUICK, in_flight=3)
        run_sink(server.url, [{"n": n} for n in range(40)], ActionFields("i", id=number), options)
        assert 2 <= server.most_busy <= 3

    @pytest.mark.parametrize("across", [None, AcrossBundles(3, None)], ids=["bundles", "across bundles"])
    def test_one_document_keeps_its_order(self, server: LyingBulkServer, across: AcrossBundles | None) -> None:
        draw = Random(5)
        server.lie = lambda: draw.choice(["honest", "late", "some refused", "reset after"])
        rows = [{"n": n % 6, "step": n} for n in range(60)]
        options = SinkOptions(Limits(4, 10**6), QUICK, in_flight=4)
        run_sink(server.url, rows, ActionFields("i", id=number), options, window_seconds=100, across_bundles=across)
        assert {row["n"]: row["step"] for row in server.documents.values()} == {n: 54 + n for n in range(6)}

    def test_carry_what_the_fields_say(self, server: LyingBulkServer) -> None:
        fields = ActionFields(
            index=lambda row: f"news-{row['lang']}",
            id=lambda row: f"{row['n']}",
            document=lambda row: {"n": row["n"]},
            operation=lambda row: row["do"],
            routing=lambda row: row["lang"],
            version=lambda row: 5 if row["do"] != "update" else None,
            doc_as_upsert=True,
        )
        rows = [{"n": n, "lang": "ko", "do": do} for n, do in enumerate(("index", "update", "delete"))]
        written, failed, _ = run_sink(server.url, rows, fields)
        (actions,) = server.requests
        assert failed == []
        assert [seen.result for seen, _, _ in written] == ["created", "created", "not_found"]
        assert [action.operation for action in actions] == ["index", "update", "delete"]
        assert {action.meta["_index"] for action in actions} == {"news-ko"}
        assert {action.meta["routing"] for action in actions} == {"ko"}
        assert actions[0].meta["version_type"] == "external"
        assert actions[1].source == {"doc": {"n": 1}, "doc_as_upsert": True}

    def test_an_older_version_is_stale(self, server: LyingBulkServer) -> None:
        rows = [{"n": 1, "v": version} for version in (3, 2, 4)]
        fields = ActionFields("i", id=number, version=lambda row: row["v"])
        written, _, run = run_sink(server.url, rows, fields)
        assert [seen.result for seen, _, _ in written] == ["created", "stale", "updated"]
        assert metrics(run)["documents_stale"] == 1
        options = SinkOptions(retries=QUICK, conflicts=Conflicts.FAIL)
        _, failed, _ = run_sink(server.url, rows[:1], fields, options)
        assert [seen.reason for seen, _, _ in failed] == [Reason.CONFLICT]


class TestStops:
    @pytest.mark.parametrize(
        ("status", "words"),
        [("401", "give credentials"), ("403", "may not write"), ("404", "create it first"), ("405", "check the")],
    )
    def test_with_one_sentence(self, server: LyingBulkServer, status: str, words: str) -> None:
        server.lie = lambda: status
        with pytest.raises(Exception, match=words):
            run_sink(server.url, [{"n": 1}], ActionFields("i", id=number))
        assert len(server.requests) == 1

    def test_at_a_missing_index(self, server: LyingBulkServer) -> None:
        with pytest.raises(Exception, match=r"index_not_found_exception.*create it first"):
            run_sink(server.url, [{"n": 1}], ActionFields("missing", id=number))


class TestMetrics:
    def test_add_up(self, server: LyingBulkServer) -> None:
        lies = iter(["all refused"])
        server.lie = lambda: next(lies, "honest")
        rows = [element(n, KINDS[n % 2]) for n in range(20)] + [element(0, "no id")]
        _, _, run = run_sink(server.url, rows, ActionFields("i", id=number), SinkOptions(Limits(100, 10**6), QUICK))
        found = metrics(run)
        assert (found["documents_written"], found["documents_failed"]) == (10, 11)
        assert found["bulks"] == len(server.bodies) == found["bulk_latency_ms"].count
        assert found["bytes_sent"] == sum(server.bodies) == found["bulk_bytes"].sum
        assert found["documents_sent_again"] == 20
        assert found["bulk_documents"].sum == sum(map(len, server.requests))


class TestSecrets:
    def test_are_sent_but_neither_pickled_nor_displayed(
        self, server: LyingBulkServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
    ) -> None:
        monkeypatch.setenv("SINK_KEY", "open-sesame")
        transform = WriteToElasticsearch(server.url, ActionFields("i", id=number), EnvironmentCredentials("SINK_KEY"))
        shown = DisplayData.create_from(transform).items
        assert {item.key: item.value for item in shown}["index"] == "i"
        pipeline = beam.Pipeline()
        pipeline | beam.Create([{"n": 1}]) | transform
        for text in (repr(shown), str(pipeline.to_runner_api()), repr(pickle.dumps(transform._target.credentials))):
            assert "open-sesame" not in text
        run_sink(server.url, [{"n": 1}], ActionFields("i", id=number), credentials=EnvironmentCredentials("SINK_KEY"))
        assert server.headers[-1]["authorization"] == "ApiKey open-sesame"
        (tmp_path / "secret.json").write_text('{"user": "writer", "password": "pass"}')
        file = FileCredentials(str(tmp_path / "secret.json"))
        run_sink(server.url, [{"n": 1}], ActionFields("i", id=number), credentials=file)
        assert server.headers[-1]["authorization"].startswith("Basic ")

    def test_do_not_belong_into_a_url(self) -> None:
        with pytest.raises(ValueError, match="must not hold credentials") as caught:
            Connection(("http://writer:open-sesame@host:9200",))
        assert "open-sesame" not in str(caught.value)

    def test_that_are_missing_are_named(self, tmp_path: Any) -> None:
        with pytest.raises(ValueError, match="set NO_KEY, or NO_USER"):
            EnvironmentCredentials("NO_KEY", "NO_USER", "NO_PASSWORD").resolve()
        (tmp_path / "bad.json").write_text('{"password": "open-sesame"')
        with pytest.raises(ValueError, match="cannot be read as JSON") as caught:
            FileCredentials(str(tmp_path / "bad.json")).resolve()
        assert "sesame" not in str(caught.value)
