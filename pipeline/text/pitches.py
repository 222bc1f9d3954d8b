"""Pitches: lines that ask the reader to do something for the outlet, in words no rule foresaw.

A pitch speaks for the outlet ("our", "us", "journalism"), begins a sentence with what to do ("sign up", "support") and
names what outlets offer ("newsletter", "unlimited access"). A story does all three in one line only in advice
and quotations, so a pitch counts only below the story or beside chrome that a rule has cut.
"""

from __future__ import annotations

import re

LONGEST_PITCH = 420
ONE_OFFER_WEIGHT = 150
"""A longer line has to name two offers before it is a pitch."""

_ASKS = re.compile(
    r"(?:^|[.!?:;,-] +|\bplease |\bto |\band )"
    r"(?:sign ?up|subscribe|join|follow|download|support|donate|bookmark|register|get|enjoy|unlock|become|read|stay"
    r"|receive|share|check out|visit|click|try|start|never miss|don't miss|make sure|be sure|log ?in|help|invest|access"
    r"|create|upgrade|choose|contribute|tell us|send us|let us know|want|like|save|listen|keep up|purchase|buy|gift"
    r"|renew|activate|explore|discover|tap|add)\b",
    re.IGNORECASE,
)
_OFFERS = re.compile(
    r"newsletters?|inbox|\bapps?\b|memberships?|\bmembers?\b|subscriptions?|subscribers?|journalism|alerts?\b"
    r"|\baccount\b|unlimited|ad-free|paywall|free trial|trial\b|(?:a|per) (?:month|week|year)\b|[$£€¥]\d|\boffer\b"
    r"|homepage|home page|premium|digital access|cancel any|donations?|in the comments|the conversation"
    r"|notifications?|our (?:web)?site|for free\b|our reporting|additional articles|more articles"
    r"|exclusive (?:content|access|articles|stories)|e-?mail (?:updates|alerts)|favou?rite authors|breaking news"
    r"|latest news|e-?edition|e-?paper|social media|facebook|twitter|instagram|whatsapp|telegram|youtube",
    re.IGNORECASE,
)
_SPEAKS_FOR_OUTLET = re.compile(
    r"\b(?:our|us|we|we're|journalism|journalists|newsroom|this (?:article|story|newsletter))\b", re.IGNORECASE
)
_STORY = re.compile(r"[\"“”]|\b(?:said|says|told|according to|announced|reported|asked)\b", re.IGNORECASE)
_KOREAN = re.compile(
    r"(?:구독|후원|가입|신청|다운로드|팔로우|알림|멤버십|뉴스레터|이벤트)[^.]{0,40}"
    r"(?:하세요|해 ?주세요|바랍니다|드립니다|만나보세요|누르세요|확인하세요|참여하세요)"
)
_JAPANESE = re.compile(
    r"(?:登録|購読|会員|フォロー|ダウンロード|メルマガ|ニュースレター|アプリ|応援|寄付)[^。]{0,40}"
    r"(?:ください|しませんか|いただけます|お願いします|お申し込み|できます)"
)


def asks(folded: str) -> bool:
    """Whether a line asks for something and names an offer, quotations aside.

    >>> asks("Enjoy additional articles per month.")
    True
    """
    if len(folded) > LONGEST_PITCH or _STORY.search(folded):
        return False
    if _KOREAN.search(folded) or _JAPANESE.search(folded):
        return True
    return _ASKS.search(folded) is not None and _OFFERS.search(folded) is not None


def is_pitch(folded: str) -> bool:
    """Whether a line asks, offers, and speaks for the outlet.

    >>> is_pitch("Support our independent journalism. Donate today and keep our reporting free for all.")
    True
    >>> is_pitch("The app helped police to find the ferry, the coast guard said.")
    False
    """
    if not folded.isascii() and not _STORY.search(folded) and (_KOREAN.search(folded) or _JAPANESE.search(folded)):
        return len(folded) <= LONGEST_PITCH
    # The rarest of the three first: nearly every line of story ends here.
    if _SPEAKS_FOR_OUTLET.search(folded) is None or not asks(folded):
        return False
    needed = 1 if len(folded) <= ONE_OFFER_WEIGHT else 2
    return len(set(_OFFERS.findall(folded.lower()))) >= needed
