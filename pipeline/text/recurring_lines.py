"""Lines that recur on many different articles of a host: boilerplate nobody wrote a rule for.

Learning is a pure function of a set of articles: the same set in any order gives the same table, down to its
version. What a host's articles have in common is chrome; what a few share is story (a columnist's refrain, a
phrase of a daily market report), so sentences have to recur far more widely than labels do, and more so when
they stand between paragraphs. Copies of one story count once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import xxhash

from pipeline.text.lines import ends_a_sentence, split_lines, weight

FEWEST_STORIES = 8
"""Different stories of a host before anything is learned from it."""

FEWEST_OCCURRENCES = 4
SHARE_OF_LABEL = 0.4
SHARE_OF_SENTENCE = 0.6
SHARE_OF_INNER_SENTENCE = 0.8
"""Shares of a host's stories in which a line must stand. A columnist who wrote half of the articles learned
from still keeps a refrain; one inside the text would have to stand in four of five stories."""

LOWEST_SHARE_FACTOR = 0.6
MANY_STORIES = 60
"""With this many stories the shares above are multiplied by the factor: chance no longer gathers one author's
articles, and sections carry chrome of their own."""

MOST_OF_A_STORY = 0.6
_SENTENCE_WEIGHT = 24
EDGE_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class ArticleLines:
    """What learning needs of an article: its lines, as hashes, in order.

    Attributes:
        host: whose article it is.
        article_id: so that an article counts once however often it is given.
        hashes: of every line.
        sentences: of those that read as sentences.
        longest: hashes of the lines, longest first; the first that is no chrome stands for the story.
    """

    host: str
    article_id: str
    hashes: tuple[int, ...]
    sentences: frozenset[int]
    longest: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RecurringLines:
    """The frozen chrome of one host.

    Attributes:
        labels: hashes of short lines, cut wherever they stand.
        edges: hashes of sentences cut only at the head or tail of a text.
        inner: hashes of sentences cut anywhere.
    """

    host: str
    version: str
    labels: frozenset[int] = frozenset()
    edges: frozenset[int] = frozenset()
    inner: frozenset[int] = frozenset()

    @property
    def rule(self) -> str:
        """The id that cuts carry: the evidence is the table's version."""
        return f"recurring.{self.host}@{self.version}"

    def holds(self, folded: str, at_edge: bool) -> bool:
        """Whether the line is chrome of the host where it stands."""
        found = line_hash(folded)
        return found in self.labels or found in self.inner or (at_edge and found in self.edges)


@dataclass(frozen=True, slots=True)
class RecurringTable:
    """The frozen chrome of all hosts; ``version`` is a hash of what it holds."""

    version: str = ""
    hosts: Mapping[str, RecurringLines] = field(default_factory=dict)

    def of_host(self, host: str) -> RecurringLines | None:
        """The host's lines, or None when nothing was learned from it."""
        return self.hosts.get(host)


def host_of(url: str) -> str:
    """Whose chrome a page carries: the host with its port, without "www."; "" for what is on no host.

    >>> host_of("https://www.tide.example/a"), host_of("http://127.0.0.1:8080/a"), host_of("file:///a.html")
    ('tide.example', '127.0.0.1:8080', '')
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return ""
    return parts.netloc.rpartition("@")[2].lower().removeprefix("www.")


def line_hash(folded: str) -> int:
    """64-bit hash of a line's words. Numbers in labels count as one ("12 comments"); in sentences they tell.

    >>> line_hash("12  Comments") == line_hash("7 comments")
    True
    """
    words = " ".join(folded.casefold().split())
    if not _is_sentence(folded):
        words = "".join("0" if character.isdigit() else character for character in words)
        while "00" in words:
            words = words.replace("00", "0")
    return xxhash.xxh3_64_intdigest(words.encode("utf-8", "surrogatepass"))


def _is_sentence(folded: str) -> bool:
    return weight(folded) >= _SENTENCE_WEIGHT and ends_a_sentence(folded)


def article_lines(host: str, article_id: str, text: str) -> ArticleLines:
    """The lines of an article's original text, ready to be stored and learned from."""
    lines = split_lines(text)
    hashes = [line_hash(line.folded) for line in lines]
    order = sorted(range(len(lines)), key=lambda index: (-len(lines[index].folded), hashes[index]))
    return ArticleLines(
        host=host,
        article_id=article_id,
        hashes=tuple(hashes),
        sentences=frozenset(found for found, line in zip(hashes, lines, strict=True) if _is_sentence(line.folded)),
        longest=tuple(hashes[index] for index in order),
    )


def learn_recurring_lines(articles: Iterable[ArticleLines]) -> RecurringTable:
    """The table of lines that recur on the hosts' articles.

    Guarantees: depends on the set of articles alone, not on order or repetition.
    """
    by_host: dict[str, dict[str, ArticleLines]] = defaultdict(dict)
    for article in articles:
        known = by_host[article.host].get(article.article_id)
        if known is None or article.hashes > known.hashes:
            by_host[article.host][article.article_id] = article
    learned = {host: _learn_host(host, list(known.values())) for host, known in sorted(by_host.items())}
    return recurring_table(lines for lines in learned.values() if lines is not None)


def recurring_table(lines: Iterable[RecurringLines]) -> RecurringTable:
    """The table of these hosts' lines; its version follows from theirs."""
    hosts = {one.host: one for one in sorted(lines, key=lambda one: one.host)}
    version = _digest("".join(f"{host}:{one.version};" for host, one in hosts.items())) if hosts else ""
    return RecurringTable(version, hosts)


def _learn_host(host: str, articles: list[ArticleLines]) -> RecurringLines | None:
    stories = _one_per_story(articles)
    if len(stories) < FEWEST_STORIES:
        return None
    counts = Counter(found for article in stories for found in set(article.hashes))
    sentences = frozenset(found for article in stories for found in article.sentences)
    wide = {found: count / len(stories) for found, count in counts.items() if count >= FEWEST_OCCURRENCES}
    factor = _factor(len(stories))
    labels = {found for found, share in wide.items() if found not in sentences and share >= SHARE_OF_LABEL * factor}
    likely = {found for found, share in wide.items() if found in sentences and share >= SHARE_OF_SENTENCE * factor}
    inner = {found for found in likely if wide[found] >= SHARE_OF_INNER_SENTENCE}
    edges = _at_edges(stories, likely, labels | likely) - inner
    if not (labels or edges or inner) or _swallows_stories(stories, edges | inner):
        return None
    version = _digest("|".join(",".join(f"{found:016x}" for found in sorted(part)) for part in (labels, edges, inner)))
    return RecurringLines(host, version, frozenset(labels), frozenset(edges), frozenset(inner))


def _swallows_stories(stories: list[ArticleLines], sentences: set[int]) -> bool:
    """Whether the table would cut most sentences of the typical article: then the articles are versions of one."""
    shares = sorted(len(article.sentences & sentences) / max(1, len(article.sentences)) for article in stories)
    return shares[len(shares) // 2] > MOST_OF_A_STORY


def _one_per_story(articles: list[ArticleLines]) -> list[ArticleLines]:
    """One article for each story: copies and updates share their longest line that is not chrome."""
    counts = Counter(found for article in articles for found in set(article.hashes))
    common = {found for found, count in counts.items() if count > len(articles) * SHARE_OF_LABEL}
    stories: dict[int, ArticleLines] = {}
    for article in sorted(articles, key=lambda article: article.article_id):
        key = next((found for found in article.longest if found not in common), None)
        if key is None:
            key = int(_digest(",".join(map(str, article.hashes))), 16)
        stories.setdefault(key, article)
    return list(stories.values())


def _factor(stories: int) -> float:
    """1 for a few stories, falling to the lowest with many."""
    progress = min(1.0, max(0.0, (stories - FEWEST_STORIES) / (MANY_STORIES - FEWEST_STORIES)))
    return 1 - (1 - LOWEST_SHARE_FACTOR) * progress if stories > 20 else 1.0


def _at_edges(stories: list[ArticleLines], wanted: set[int], chrome: set[int]) -> set[int]:
    """The sentences that nearly always stand in an unbroken run of chrome at the head or tail."""
    edge: Counter[int] = Counter()
    total: Counter[int] = Counter()
    for article in stories:
        total.update(wanted.intersection(article.hashes))
        run: set[int] = set()
        for order in (article.hashes, article.hashes[::-1]):
            for found in order:
                if found not in chrome:
                    break
                run.add(found)
        edge.update(run & wanted)
    return {found for found in wanted if edge[found] >= EDGE_SHARE * total[found]}


def _digest(text: str) -> str:
    return f"{xxhash.xxh3_64_intdigest(text.encode()):016x}"
