"""Pages written for the tests: invented stories in three languages, in the layouts that sites use."""

from __future__ import annotations

import json

ENGLISH = (
    "HARBOUR CITY (Tide Wire) – Ferry crews returned to work on Monday after a strike of nine days.",
    "The union said members would receive a raise of four percent, paid in two steps over the next year.",
    "Passengers lined up before dawn at the main pier, where the first boat left half empty at six.",
    "“We lost a summer week,” said Mina Dole, who runs a kiosk beside the ticket office.",
    "The port authority expects normal timetables from Wednesday, weather permitting.",
)
KOREAN = (
    "(가람시=한빛통신) 김나래 기자 = 가람시 여객선 승무원들이 아흐레 동안의 파업을 끝내고 월요일 업무에 복귀했다.",
    "노조는 조합원 임금이 내년까지 두 차례에 걸쳐 사 퍼센트 인상된다고 밝혔다.",
    "승객들은 새벽부터 선착장에 줄을 섰고 첫 배는 오전 여섯 시에 절반이 빈 채로 떠났다.",
    "매표소 옆에서 매점을 운영하는 한 상인은 여름 한 주를 통째로 잃었다고 말했다.",
)
JAPANESE = (
    "港町のフェリー乗務員が月曜日、九日間のストライキを終えて業務に復帰した。",
    "組合によると、組合員の賃金は来年までに二回に分けて四パーセント引き上げられる。",
    "乗客は夜明け前から桟橋に並び、最初の便は午前六時に半分空いたまま出航した。",
    "切符売り場の横で売店を営む女性は、夏の一週間を失ったと話した。",
)
TITLES = {
    "en": "Ferry crews end strike after nine days",
    "ko": "여객선 승무원 파업 아흐레 만에 종료",
    "ja": "フェリー乗務員のストが九日ぶりに終了",
}
STORIES = {"en": ENGLISH, "ko": KOREAN, "ja": JAPANESE}

CHROME_TOP = (
    '<header><nav class="menu"><ul><li><a href="/">Home</a></li><li><a href="/w">World</a></li></ul></nav></header>'
)
CHROME_BOTTOM = (
    '<div class="related-stories"><h3>Related</h3><ul><li><a href="/a">Harbour dredging delayed once more</a></li>'
    '<li><a href="/b">Lighthouse keeper retires at ninety</a></li></ul></div>'
    '<div id="comments"><h3>Comments</h3><p>First commenter thinks the strike was far too long for everyone.</p></div>'
    "<footer><p>All material belongs to the Harbour Herald and may not be copied by anybody.</p></footer>"
)


def page(language: str = "en", body: str = "", head: str = "", title: str = "", chrome: bool = True) -> str:
    """A page with a story in paragraphs, or with the body given."""
    title = title or TITLES[language]
    body = body or "".join(f"<p>{line}</p>" for line in STORIES[language])
    top, bottom = (CHROME_TOP, CHROME_BOTTOM) if chrome else ("", "")
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title} | Harbour Herald</title>'
        f'<meta property="og:site_name" content="Harbour Herald">{head}</head><body>{top}'
        f'<main><article><h1>{title}</h1><div class="article-body">{body}</div></article></main>{bottom}</body></html>'
    )


def json_ld(**fields: object) -> str:
    """A JSON-LD script of a NewsArticle."""
    item = {"@context": "https://schema.org", "@type": "NewsArticle", **fields}
    return f'<script type="application/ld+json">{json.dumps(item, ensure_ascii=False)}</script>'


def next_flight_page(language: str = "ko") -> str:
    """A page whose story is only in the strings that Next.js streams."""
    story = {
        "detail": {
            "title": TITLES[language],
            "contentHtml": "".join(f'<p class="p">{line}</p>' for line in STORIES[language]),
            "deployDt": "2026.10.01 13:18",
        }
    }
    row = "5:" + json.dumps(["$", "$L1", None, {"state": story}], ensure_ascii=False)
    return (
        f"<html><head><title>{TITLES[language]}</title></head><body><div id='root'></div>"
        "<script>self.__next_f.push([0])</script>"
        f"<script>self.__next_f.push({json.dumps([1, row])})</script></body></html>"
    )


def next_data_page(language: str = "ja") -> str:
    """A page whose story is only in ``__NEXT_DATA__``, as a list of paragraph objects."""
    blocks = [{"type": "text", "content": line} for line in STORIES[language]]
    data = {"props": {"pageProps": {"article": {"headline": TITLES[language], "content_elements": blocks}}}}
    return (
        f"<html><head><title>{TITLES[language]}</title></head><body><div id='__next'></div>"
        f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(data)}</script></body></html>'
    )


def store_page(language: str = "en") -> str:
    """A page whose story is only in an object that a script assigns."""
    store = {"article": {"title": TITLES[language], "body": "\n".join(STORIES[language])}}
    return (
        f"<html><head><title>{TITLES[language]}</title></head><body><div id='app'></div>"
        f"<script>window.__INITIAL_STATE__ = {json.dumps(store)};</script></body></html>"
    )


def all_pages() -> list[bytes]:
    """One of each, in the character sets that sites use."""
    dated = json_ld(
        headline=TITLES["en"],
        author=[{"@type": "Person", "name": "Mina Dole"}],
        datePublished="2026-10-01T13:18:00+09:00",
        articleBody=" ".join(ENGLISH),
    )
    return [
        page("en", head=dated).encode(),
        page("ko").replace("utf-8", "euc-kr").encode("cp949", "replace"),
        page("ja").replace("utf-8", "shift_jis").encode("cp932"),
        page("ja").replace("utf-8", "euc-jp").encode("euc_jp"),
        page("en", body="<br><br>".join(ENGLISH)).encode(),
        next_flight_page().encode(),
        next_data_page().encode(),
        store_page().encode("utf-16"),
    ]
