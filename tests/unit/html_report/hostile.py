"""An index whose articles attack whoever reads the report."""

from __future__ import annotations

from datetime import timedelta

from connectors.index import Kind
from connectors.open_index import open_index
from pipeline.write_stories import story_document
from schemas.documents import dead_letter_document, entry_document
from schemas.errors import Failed, FailReason
from schemas.feeds import FeedState, feed_state_to_document
from schemas.records import Paywall, Publication, Topics
from tests.contract.articles import NOON, document

ATTACKS = (
    "</script><script>alert('title')</script>",
    "<img src=x onerror=\"alert('img')\">",
    '"><svg onload=alert(1)>',
    "</title></style><iframe src=https://evil.example/></iframe>",
    "\u202etxt.exe \u2066 & &amp; \x00\x07 {0} %s",
    "{{constructor.constructor('alert(1)')()}} `${alert(1)}`",
)
ADDRESSES = (
    "javascript:alert('link')",
    "JaVaScRiPt:alert(1)//https://ok.example/",
    "data:text/html,<script>alert(1)</script>",
    'https://evil.example/" onmouseover="alert(1)',
    "https://news.example/?a=1&b=<b>",
    "file:///etc/passwd",
)


def hostile_index(location: str) -> None:
    index = open_index(location)
    index.setup()
    for number, (attack, address) in enumerate(zip(ATTACKS, ADDRESSES, strict=True)):
        topics = Topics(True, 0.7, attack, (), contested_names=(attack,))
        article = document(
            f"{number:032x}",
            title=attack,
            url=address,
            publication=Publication(attack, "KR", "en", "Asia/Seoul"),
            paywall=Paywall.PAYWALLED,
            topics=topics,
            language=attack[:20],
            published_at=NOON + timedelta(hours=number),
        )
        article |= {"topics": [attack], "agency": attack, "agencies": [attack], "chain": []}
        story = story_document([article | {"story_role": "origin"}], NOON) | {"carriers": [attack], "copy_count": 1}
        feed = FeedState(
            attack, address, publisher=attack, failure=attack, failure_detail=attack, consecutive_failures=3
        )
        letter = dead_letter_document(Failed(attack, FailReason.DNS, address, attack), attack, NOON)
        entry = entry_document(attack, address, ["1"], "indexed", article["article_id"], "", NOON)
        for kind, row in (
            (Kind.ARTICLES, article), (Kind.STORIES, story), (Kind.FEEDS, feed_state_to_document(feed)),
            (Kind.DEAD_LETTERS, letter), (Kind.ENTRIES, entry),
        ):  # fmt: skip
            assert [outcome.error for outcome in index.write(kind, [row])] == [""]
    index.close()
