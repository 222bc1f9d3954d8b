"""StripBoilerplate: what is not story leaves the body and is kept apart with the rule that cut it."""

from __future__ import annotations

from dataclasses import replace

import apache_beam as beam
from apache_beam.pvalue import PCollection

from pipeline.stage import StageOutput, each, sort_outputs
from pipeline.text.boilerplate import strip_boilerplate
from schemas.errors import Rejected, RejectReason
from schemas.records import Article, Paywall

STAGE = "strip_boilerplate"


class StripBoilerplate(beam.PTransform[PCollection[Article], StageOutput]):
    """Article -> Article, or Rejected(too_short | not_an_article).

    In -> out: exactly one outcome per article. The body only ever loses text; ``kept`` maps it back to the
        original, ``cuts`` holds the rest.

    Args:
        minimum_characters: a body shorter than this after stripping is no article (a video page, a wall);
            CJK text says the same in about half the characters, so it counts double.
    """

    def __init__(self, minimum_characters: int) -> None:
        super().__init__()
        self._minimum_characters = minimum_characters

    def expand(self, articles: PCollection[Article]) -> StageOutput:
        return sort_outputs(articles | "Strip" >> each(STAGE, strip_article, self._minimum_characters))


def strip_article(article: Article, minimum_characters: int) -> Article | Rejected:
    """The article without its boilerplate, or a rejection when too little is left."""
    stripped = strip_boilerplate(article.original_text, article.title, article.language)
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
    )
