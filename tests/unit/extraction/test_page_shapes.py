"""Shapes of pages that Korean and Japanese sites have, with invented text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.text.extraction import Extracted, extract
from tests.unit.extraction.pages import JAPANESE, KOREAN, TITLES

AT = datetime(2026, 10, 1, 4, 18, tzinfo=UTC)

PORTAL = f"""<html lang="ko"><head><meta property="og:title" content="{TITLES["ko"]}">
<meta property="og:article:author" content="한빛통신 | 포털"></head><body><div id="wrap">
<header role="banner"><ul><li><a href="/">뉴스</a></li></ul></header><div id="ct"><div class="media_head">
<h2 class="media_head_headline"><span>{TITLES["ko"]}</span></h2><div class="media_head_info">
<span class="datestamp_time" data-date-time="2026-10-01 13:18:00">2026.10.01. 오후 1:18</span>
<em class="media_head_journalist_name">김나래 기자</em></div></div><div class="newsct_body">
<article id="dic_area"><span class="photo_org"><div><img src="a"></div>
<em class="img_desc">선착장에 줄 선 승객들 [사진=한빛통신]</em></span>{"<br><br>".join(KOREAN)}</article></div>
<div class="copyright"><p>Copyright ⓒ 한빛통신. All rights reserved. 무단 전재 및 재배포 금지.</p></div></div>
<div class="ranking"><a href="/1">첫 번째 인기 기사 제목이 여기에 길게 있다</a></div></div></body></html>"""

TABLE_LAYOUT = f"""<html><head><title>{TITLES["ko"]} - 항구일보</title></head><body><table width="900"><tr><td>
<table><tr><td><a href="/">홈</a></td></tr><tr><td><a href="/p">정치</a></td></tr></table></td><td><table>
<tr><td class="title"><b>{TITLES["ko"]}</b></td></tr><tr><td>2026-10-01 13:18</td></tr>
<tr><td>사회부 김나래 기자</td></tr>
<tr><td id="articleBody"><p>{"</p><p>".join(KOREAN)}</p></td></tr></table></td><td><table><tr><td>
<a href="/1">인기 기사 하나</a></td></tr></table></td></tr></table></body></html>"""

SINGLE_BREAKS = f"""<html><head><title>{TITLES["ko"]}</title></head><body><div id="header"><a href="/">홈</a></div>
<div class="view_con"><h3 class="tit">{TITLES["ko"]}</h3><p>입력 2026.10.01 13:18</p><p>김나래 기자</p>
<div class="article_txt">{"<br>".join("&nbsp;" + line for line in KOREAN)}<div class="ad_box"><iframe></iframe></div>
</div></div><div class="relate_news"><h4>관련기사</h4><ul><li><a href="/a">등대지기 아흔 살에 은퇴하다</a></li></ul>
</div></body></html>"""

PRE_WRAP = f"""<html lang="ja"><head><title>{TITLES["ja"]}（港新聞） - ニュース</title>
<meta property="og:title" content="{TITLES["ja"]}（港新聞） - ニュース"></head><body>
<header><nav><a href="/">トップ</a></nav></header><main><article><header><h1>{TITLES["ja"]}</h1>
<div><time>2026年10月1日 13時18分</time>配信</div><p>山田太郎記者</p></header>
<div class="article_body"><p>　{(chr(10) * 2 + "　").join(JAPANESE)}</p></div>
<footer><a href="/c">コメント123件</a></footer></article><section><h2>アクセスランキング</h2><ol><li>
<a href="/1">別の記事の見出しがここに入る</a></li></ol></section></main></body></html>"""

BOXES = f"""<html lang="ja"><head><title>{TITLES["ja"]}｜港新聞</title>
<meta property="og:site_name" content="港新聞"></head><body>
<div class="l-header"><ul><li><a href="/">政治</a></li></ul></div><div class="l-main">
<h1 class="title-main">{TITLES["ja"]}</h1><p class="title-date">2026年10月1日 13時18分</p><p>山田太郎記者</p>
<div class="article-text"><div class="text">{"".join(f"<p>　{line}</p>" for line in JAPANESE)}</div></div></div>
<div class="l-side"><p>おすすめの記事はこちらからご覧いただけます。毎日更新しています。</p></div></body></html>"""

SHAPES = [
    pytest.param(PORTAL, "ko", "김나래", id="portal"),
    pytest.param(TABLE_LAYOUT, "ko", "김나래", id="table-layout"),
    pytest.param(SINGLE_BREAKS, "ko", "김나래", id="single-breaks"),
    pytest.param(PRE_WRAP, "ja", "山田太郎", id="pre-wrap"),
    pytest.param(BOXES, "ja", "山田太郎", id="boxes"),
]


def extracted(html: str) -> Extracted:
    return extract(html.encode(), "text/html", "utf-8", "https://portal.example/a/1", "Asia/Tokyo")


@pytest.mark.parametrize(("html", "language", "author"), SHAPES)
def test_story_and_nothing_else(html, language, author):
    story = KOREAN if language == "ko" else JAPANESE
    assert extracted(html).text == "\n\n".join(story)


@pytest.mark.parametrize(("html", "language", "author"), SHAPES)
def test_claims_without_any_metadata(html, language, author):
    found = extracted(html)
    assert (found.title, found.published_at, found.published_from) == (TITLES[language], AT, "text")
    assert found.authors == (author,)
