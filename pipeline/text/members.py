"""What linking knows of an article, and its signature unpacked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np

from pipeline.text.characters import Hashes
from pipeline.text.keys import Keys, keys_of, pack_keys, unpack_keys
from pipeline.text.outline import Outline, unpack
from pipeline.text.roundups import announces_several
from pipeline.text.signature import compared_shingles, pack_shingles, packed_amount, shingles_of, unpack_shingles
from schemas.records import Article, Signature


@dataclass(frozen=True, slots=True)
class Member:
    """What linking knows of an article.

    Attributes:
        article_id, language, published_at, title: of the article.
        signature: of its body.
        agency: code of the wire agency, or "".
        agencies: every agency it credits.
        dateline_place, dateline_date: as attribution normalised them, or "".
        publisher: outlet.
        contributors: names credited at the end.
        packed_keys: the signature's keys, 8 bytes each, when it holds none itself: as text they take 73.
        packed_shingles: the signature's shingles, as they are compared, when it holds none itself.

    """

    article_id: str
    language: str
    published_at: datetime | None
    title: str
    signature: Signature
    agency: str = ""
    agencies: tuple[str, ...] = ()
    dateline_place: str = ""
    dateline_date: str = ""
    publisher: str = ""
    contributors: tuple[str, ...] = ()
    packed_keys: bytes = b""
    packed_shingles: bytes = b""

    @property
    def shingles(self) -> int:
        """How many its text has."""
        return packed_amount(self.packed_shingles) or len(shingles_of(self.signature))


def member_of(article: Article, signature: Signature) -> Member:
    """What linking needs of an article."""
    wire, published = article.wire, article.published_at
    return Member(
        article.article_id,
        article.language,
        # The index keeps milliseconds: what is linked now and what is read back must sort alike.
        published and published.replace(microsecond=published.microsecond // 1000 * 1000),
        article.title,
        without_texts(signature),
        wire.agency,
        wire.agencies,
        wire.dateline_place,
        wire.dateline_date,
        article.publication.publisher,
        tuple(person.name for person in wire.contributors),
        pack_keys(signature.bands),
        pack_shingles(signature),
    )


def without_texts(signature: Signature) -> Signature:
    """The signature without what a member packs, and without what linking does not read."""
    return replace(signature, shingles=b"", bands=(), numbers=())


@dataclass(frozen=True)
class Reading:
    """A member with its signature unpacked, each part once, when it is first asked for."""

    member: Member

    @cached_property
    def keys(self) -> Keys:
        """Under which it is found."""
        packed = self.member.packed_keys
        return unpack_keys(packed) if packed else keys_of(self.member.signature.bands)

    @cached_property
    def shingles(self) -> Hashes:
        """Word for word, sorted."""
        packed = self.member.packed_shingles
        return unpack_shingles(packed) if packed else compared_shingles(self.member.signature)

    @cached_property
    def outline(self) -> Outline:
        """What its sentences say."""
        return unpack(self.member.signature.outline)

    @cached_property
    def announces_several(self) -> bool:
        """Whether its headline is that of a round-up."""
        return announces_several(self.member.title)

    @cached_property
    def facts(self) -> Hashes:
        """Its numbers and its names as two sets of 256 bits: what two texts share is counted in nanoseconds."""
        bits = np.zeros((2, 256), dtype=np.uint8)
        for row, wanted in enumerate((self.outline.is_number, self.outline.is_name)):
            bits[row, self.outline.keys[wanted] & np.uint32(255)] = 1
        return np.packbits(bits).view(np.uint64)
