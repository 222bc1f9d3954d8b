"""What visits to indexed articles found, settled as ``flow.revisit_articles`` does it in a round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from connectors.index import Index
from pipeline import attribute_wire, tag_topics
from pipeline.revisit_articles import STAGE, compare_with_indexed, visit_outcome, write_visits
from pipeline.settled import Settled
from pipeline.stage import decided
from pipeline.write_linked import write_linked
from schemas.errors import Failed, FailReason, Rejected, RejectReason
from schemas.records import Article
from schemas.revisions import visit_key, visited_article
from schemas.run_report import count_in

Reasons = dict[str, list[RejectReason | FailReason | bool]]


def settle_visits(
    outcomes: Sequence[Article | Rejected | Failed], index: Index, first_seconds: float, settled: Settled
) -> None:
    """Index what has changed, its earlier text a revision, and plan the next visit of each, last of all.

    In -> out: outcomes whose entry key is that of a visit (``schemas.revisions.visit_key``); an article as it was
        stripped, for what is attributed and tagged is the later reading under what is known of the article.
    Counters: one row for the whole journey, as in a round.
    """
    came_to: dict[str, Reasons] = {}
    read: dict[str, Article] = {}
    for outcome in outcomes:
        identity = visited_article(entry_key_of(outcome))
        reasons = came_to.setdefault(identity, {"rejected": [], "failed": [], "changed": []})
        if isinstance(outcome, Article):
            read[identity] = replace(outcome, entry_keys=(identity,))
        else:
            reasons["rejected" if isinstance(outcome, Rejected) else "failed"].append(outcome.reason)
    changed: list[Article] = []
    for result in _judged(list(read.values()), index):
        if isinstance(result, Article):
            changed.append(result)
        elif isinstance(result, Rejected):
            came_to[result.entry_key]["rejected"].append(result.reason)
        else:
            came_to[result.article_id]["failed"].append(result.reason)
    # Its stages are not counted one by one: they would be taken for those of entries.
    written = write_linked(changed, index, Settled())
    for article in written.articles:
        came_to[article.article_id]["changed"].append(True)
    for failed in written.failed:
        if failed.article_id in came_to:
            came_to[failed.article_id]["failed"].append(failed.reason)
    _plan(came_to, index, first_seconds, settled)


def entry_key_of(outcome: Article | Rejected | Failed) -> str:
    """Under which key it travels."""
    return outcome.entry_keys[0] if isinstance(outcome, Article) else outcome.entry_key


def _judged(read: Sequence[Article], index: Index) -> Iterator[Article | Rejected | Failed]:
    """What has changed, attributed and tagged anew; the earlier texts are revisions in the index then."""
    for result in compare_with_indexed(read, index):
        if isinstance(result, Article):
            result = decided(attribute_wire.STAGE, result, attribute_wire.attribute_article)
        yield (
            decided(tag_topics.STAGE, result, tag_topics.tag_article, "all") if isinstance(result, Article) else result
        )


def _plan(came_to: dict[str, Reasons], index: Index, first_seconds: float, settled: Settled) -> None:
    outcomes: dict[str, str] = {}
    for identity, reasons in came_to.items():
        outcomes[identity], counter = visit_outcome(reasons)
        for name in ("received", counter):
            count_in(settled.counters, STAGE, name)
    settled.keys += [visit_key(identity) for identity in write_visits(outcomes, index, first_seconds)]
