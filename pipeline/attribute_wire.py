"""AttributeWire: which agency wrote the story, from where, and through whose hands it came."""

from __future__ import annotations

from dataclasses import replace

import apache_beam as beam
from apache_beam.pvalue import PCollection

from pipeline.stage import StageOutput, each, sort_outputs
from pipeline.text.attribution import attribute_wire
from schemas.records import Article

STAGE = "attribute_wire"


class AttributeWire(beam.PTransform[PCollection[Article], StageOutput]):
    """Article -> Article with ``wire`` filled in, exactly one out per one in."""

    def expand(self, articles: PCollection[Article]) -> StageOutput:
        return sort_outputs(articles | "Attribute" >> each(STAGE, attribute_article))


def attribute_article(article: Article) -> Article:
    """The article with its wire attribution; reads the original text, where credits were not cut."""
    wire = attribute_wire(
        article.original_text,
        article.body,
        publisher=article.publication.publisher,
        authors=article.authors,
        credit_hints=article.credit_hints,
        language=article.language,
    )
    return replace(article, wire=wire)
