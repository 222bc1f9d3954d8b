"""The records that travel between stages: frozen, slotted, small when coded, equal by value.

An :class:`Entry` names something to read, a :class:`Page` is what was read, an :class:`Article` is
what it says. Later stages return a copy of the article with one more part filled in
(``dataclasses.replace``). All times are aware and in UTC; all offsets count Unicode code points.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.labels import Labels


class SourceKind(StrEnum):
    """Where an entry came from."""

    FEED = "feed"
    FILE = "file"
    JSONL = "jsonl"
    WARC = "warc"
    URL = "url"


class Paywall(StrEnum):
    """Whether a reader has to pay for the page."""

    FREE = "free"
    METERED = "metered"
    PAYWALLED = "paywalled"
    UNKNOWN = "unknown"


class StoryRole(StrEnum):
    """What an article is within its story."""

    ORIGIN = "origin"
    COPY = "copy"
    VERSION = "version"
    BRIEF = "brief"


@dataclass(frozen=True, slots=True)
class Publication:
    """The outlet behind a source, as the feed list states it; empty strings where it does not."""

    publisher: str = ""
    country: str = ""
    language: str = ""
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to read: a feed entry, a file, a line of JSONL, a WARC record, a listed URL.

    Attributes:
        key: stable identity, the id of the entry's document in the index (32 hex digits).
        url: the entry's URL, or a ``file:`` location for local sources.
        kind: where it came from.
        source_id: feed id, or the local path.
        revision: hash over what would make the entry worth reading again (``updated``, the feed's
            content, a file's bytes).
        publication: what the source's list says of its outlet.
        title, summary, author: what the feed claims, plain text, may be "".
        published_at, updated_at: what the feed claims, or None.
        path: local file to read, or "".
        offset, length: part of the file (bytes); length -1 means all of it.
        text: inline text of a JSONL record, or "".
        content_type: of local payloads: ``text/plain``, ``text/html``; "" when it has to be found out.
        aggregator: host of the service whose link this is (``news.google.com``) when the publisher's own address
            could not be known, else "".
        alternates: (language, URL) of the same article in other languages, as a news sitemap states them.
        labels: the user's own, from the feed list or the JSONL record.
    """

    key: str
    url: str
    kind: SourceKind
    source_id: str
    revision: str
    publication: Publication = Publication()
    title: str = ""
    summary: str = ""
    author: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    path: str = ""
    offset: int = 0
    length: int = -1
    text: str = ""
    content_type: str = ""
    aggregator: str = ""
    alternates: tuple[tuple[str, str], ...] = ()
    labels: Labels = ()


@dataclass(frozen=True, slots=True)
class Page:
    """What was read for an entry, still as bytes.

    Attributes:
        entry: the entry it answers.
        url: the URL reached after redirects; "" for a local source without one.
        content: the body, decompressed.
        content_type: media type without parameters, lower case.
        charset: from HTTP or the source, or "".
        fetched_at: our clock.
    """

    entry: Entry
    url: str
    content: bytes
    content_type: str
    charset: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece of the extracted text that is not story.

    Attributes:
        text: the piece, verbatim.
        rule: id of the rule or evidence that cut it.
        start, end: offsets into ``Article.original_text``.
    """

    text: str
    rule: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A run of the body and where it stands in the original text.

    Attributes:
        body_start: offset into ``Article.body``.
        original_start: offset into ``Article.original_text``.
        length: code points; the two runs are equal.
    """

    body_start: int
    original_start: int
    length: int


@dataclass(frozen=True, slots=True)
class WireEvidence:
    """Why an agency was named: ``kind`` (dateline, credit, byline, via, copyright) and the words."""

    kind: str
    agency: str
    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class Contributor:
    """A person credited at the end of a wire story, and where they were, as far as stated."""

    name: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Wire:
    """Who wrote it.

    Attributes:
        agency: code of the origin agency (``AP``, ``Yonhap``, ...), or "" for the outlet's own.
        agencies: every agency credited, origin first.
        confidence: 0..1.
        dateline: place as written ("SEOUL, South Korea"), or "".
        dateline_place: the first city in the article's own script, without region ("Seoul", "서울"), or "".
        dateline_city: its English name, one value whatever the article's language ("Seoul"), or "".
        dateline_date: ``--MM-DD`` or ``--DD`` or ``YYYY-MM-DD`` as far as stated, or "".
        contributors: credited people, in order.
        chain: from the outlet that carries it to the origin: ("inkl", "The Independent", "AP").
        evidence: what said so.
    """

    agency: str = ""
    agencies: tuple[str, ...] = ()
    confidence: float = 0.0
    dateline: str = ""
    dateline_place: str = ""
    dateline_date: str = ""
    contributors: tuple[Contributor, ...] = ()
    byline: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    evidence: tuple[WireEvidence, ...] = ()
    dateline_city: str = ""

    @property
    def is_wire(self) -> bool:
        """Whether an agency, not the outlet, wrote the story."""
        return bool(self.agency)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentence that proves a tag.

    Attributes:
        field: ``body`` or ``title``.
        start, end: offsets into ``Article.original_text`` for the body, into ``title`` for the title.
        text: the characters between them, verbatim.
        cues: ids of the cues that fired in it.
    """

    field: str
    start: int
    end: int
    text: str
    cues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicTag:
    """One topic of the taxonomy, its score (0..1), and its proof."""

    topic: str
    score: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class EntityMention:
    """A person, body, place or agreement: stable id, type, how the text names it first.

    ``role`` is the office held on the article's date, as in "prime minister" or "former prime minister"; "" without.
    """

    entity: str
    type: str
    text: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Topics:
    """What the article says about Korea-Japan relations, if anything.

    ``contested_names`` are the words the outlet chose (``islets:dokdo``), ``events`` the dated events it refers to.
    """

    relevant: bool = False
    score: float = 0.0
    primary: str = ""
    tags: tuple[TopicTag, ...] = ()
    gate_evidence: tuple[Evidence, ...] = ()
    entities: tuple[EntityMention, ...] = ()
    contested_names: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """What linking compares: computed from title-free body text, pure and versioned.

    Attributes:
        version: of the algorithm; signatures of two versions are never compared.
        shingles: sorted, distinct 64-bit shingle hashes, packed little-endian.
        bands: keys under which candidates are found.
        numbers: the distinct numbers in the text, normalised, sorted.
        outline: what survives rewriting, sentence by sentence, packed by ``pipeline.text.outline``.
    """

    version: int
    shingles: bytes
    bands: tuple[str, ...]
    numbers: tuple[str, ...]
    outline: bytes = b""


@dataclass(frozen=True, slots=True)
class Story:
    """The article's place among the copies of its story.

    Attributes:
        story_id: smallest article id in the story.
        role: origin, version (by the origin's own outlet), brief (about a third of the origin or less) or copy.
        origin_id: article id of the earliest published member.
        similarity: to the earliest member it is linked with directly, 0..1; 1 for an origin.
        linked_to: that member's article id, or "" for an origin.
        size: members of the story.
    """

    story_id: str
    role: StoryRole
    origin_id: str
    similarity: float = 1.0
    linked_to: str = ""
    size: int = 1


@dataclass(frozen=True, slots=True)
class Article:
    """What a page says. Made by ExtractArticle; each later stage fills in one part.

    Attributes:
        article_id: 32 hex digits, hash of the canonical URL or of the decoded content.
        url: canonical URL, or the ``file:`` location.
        fetched_url: where this text was read: the URL reached, or the ``file:`` location.
        aliases: every other URL that leads here, sorted.
        entry_keys: keys of the entries that led here, sorted.
        revision: the entry's revision.
        kind, source_id: from the entry.
        publication: outlet; the page's own claim where the source states none.
        title: without site suffix; kicker ("[속보]", breaking) apart.
        body: the story, paragraphs separated by a blank line. Equal to original_text before stripping.
        original_text: what extraction found; evidence spans point into it.
        language: ``en``, ``ko``, ``ja`` or another ISO 639-1 code, "" when unknown.
        published_at, updated_at: the publisher's claims in UTC, or None.
        published_from: ``json-ld``, ``meta``, ``feed``, ``url``, ``text`` or "".
        fetched_at: our clock.
        page_paywall, page_truncated: the page's own claims, apart from what stripping read in the text, so that an
            indexed article can be stripped again.
        credit_hints: organisations that the page's structured data names as author, source or copyright holder.
        alternates: (language, URL) of the same article in other languages, as the page's hreflang links state.
        labels: the user's own, of all sources that lead here.
    """

    article_id: str
    url: str
    aliases: tuple[str, ...]
    entry_keys: tuple[str, ...]
    revision: str
    kind: SourceKind
    source_id: str
    publication: Publication
    title: str
    body: str
    original_text: str
    language: str
    fetched_at: datetime
    fetched_url: str = ""
    kicker: str = ""
    authors: tuple[str, ...] = ()
    section: str = ""
    summary: str = ""
    published_at: datetime | None = None
    published_from: str = ""
    updated_at: datetime | None = None
    paywall: Paywall = Paywall.UNKNOWN
    truncated: bool = False
    page_paywall: Paywall = Paywall.UNKNOWN
    page_truncated: bool = False
    credit_hints: tuple[str, ...] = ()
    alternates: tuple[tuple[str, str], ...] = ()
    cuts: tuple[Cut, ...] = ()
    kept: tuple[Kept, ...] = ()
    wire: Wire = Wire()
    topics: Topics = Topics()
    signature: Signature | None = None
    story: Story | None = None
    labels: Labels = ()
