"""StripBoilerplate: what is not story leaves the body and is kept apart with the rule that cut it."""

from __future__ import annotations

from dataclasses import replace

import apache_beam as beam
from apache_beam.pvalue import PCollection

from pipeline.stage import StageOutput, each, sort_outputs
from pipeline.text.boilerplate import strip_boilerplate
from pipeline.text.recurring_lines import RecurringTable, host_of
from schemas.errors import Rejected, RejectReason
from schemas.records import Article, Paywall

STAGE = "strip_boilerplate"
NOTHING_LEARNED = RecurringTable()


class StripBoilerplate(beam.PTransform[PCollection[Article], StageOutput]):
    """Article -> Article, or Rejected(too_short | not_an_article).

    In -> out: exactly one outcome per article. The body only ever loses text; ``kept`` maps it back to the
        original, ``cuts`` holds the rest.

    Args:
        minimum_characters: a body shorter than this after stripping is no article (a video page, a wall);
            CJK text says the same in about half the characters, so it counts double.
        recurring: the frozen table of lines that recur on the hosts, constant during a run.
    """

    def __init__(self, minimum_characters: int, recurring: RecurringTable = NOTHING_LEARNED) -> None:
        super().__init__()
        self._minimum_characters = minimum_characters
        self._recurring = recurring

    def expand(self, articles: PCollection[Article]) -> StageOutput:
        return sort_outputs(articles | "Strip" >> each(STAGE, strip_article, self._minimum_characters, self._recurring))


def strip_article(
    article: Article, minimum_characters: int, recurring: RecurringTable = NOTHING_LEARNED
) -> Article | Rejected:
    """The article without its boilerplate, or a rejection when too little is left."""
    lines = recurring.of_host(host_of(article.url))
    stripped = strip_boilerplate(article.original_text, article.title, article.language, lines)
    weight = 2 if article.language in ("ko", "ja", "zh") else 1
    if len(stripped.body) * weight < minimum_characters:
        reason = RejectReason.TOO_SHORT if stripped.body else RejectReason.NOT_AN_ARTICLE
        detail = f"{len(stripped.body)} characters of story"
        return Rejected(STAGE, reason, article.url, article.entry_keys[0], article.revision, detail)
    paywall = article.paywall if article.paywall is not Paywall.UNKNOWN else stripped.paywall
    return replace(
        article,
        body=stripped.body,
        cuts=stripped.cuts,
        kept=stripped.kept,
        paywall=paywall,
        truncated=article.truncated or stripped.truncated,
        page_paywall=article.paywall,
        page_truncated=article.truncated,
    )
