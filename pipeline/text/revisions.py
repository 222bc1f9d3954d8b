"""Two readings of one article: whether the outlet changed it, and what it says of that. Pure."""

from __future__ import annotations

import xxhash

from pipeline.text.corrections import correction_notices
from pipeline.text.word_diff import is_same_text
from schemas.documents import time_text
from schemas.records import Article
from schemas.revisions import Revision


def revision_between(earlier: Article, later: Article) -> Revision | None:
    """The change between two readings of the same address, or None when the outlet changed nothing.

    A body that differs only because our rules cut it differently now is no change: the text of the page is the same.
    A notice may stand where boilerplate does, so that the page's text changes and the body does not.
    """
    headline = not is_same_text(earlier.title, later.title)
    body = not is_same_text(earlier.body, later.body)
    if is_same_text(earlier.original_text, later.original_text):
        body = False
    known = set(correction_notices(earlier.title, earlier.original_text))
    notices = [one for one in correction_notices(later.title, later.original_text) if one not in known]
    changed = tuple(name for name, is_so in (("headline", headline), ("body", body)) if is_so)
    if not changed and not notices:
        return None
    told = (earlier.article_id, time_text(earlier.fetched_at) or "", *_texts(earlier), *_texts(later))
    return Revision(
        revision_id=xxhash.xxh3_128_hexdigest("\0".join(told).encode("utf-8", "replace")),
        article_id=earlier.article_id,
        url=earlier.url,
        seen_at=earlier.fetched_at,
        found_at=later.fetched_at,
        changed=changed,
        title_before=earlier.title,
        title_after=later.title,
        body_before=earlier.body,
        body_after=later.body,
        notices=tuple((one.rule, one.text) for one in notices),
    )


def _texts(article: Article) -> tuple[str, str]:
    return article.title, article.body
