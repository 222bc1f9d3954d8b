"""Shapes in which Korean and Japanese newsrooms publish, with invented text: a page, its language and its story."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.unit.extraction.pages import ENGLISH, JAPANESE, KOREAN, STORIES, TITLES, json_ld

_P = {language: "".join(f"<p>{line}</p>" for line in lines) for language, lines in STORIES.items()}
_LINKS = {
    "ko": ("등대지기, 아흔 살에 바다를 떠나다", "항만 준설 공사 또다시 미뤄져", "갈매기 떼에 어시장 골머리"),
    "ja": ("灯台守が九十歳で海を去る", "港の浚渫工事がまた延期に", "カモメの群れに魚市場が苦慮"),
    "en": ("Lighthouse keeper retires at ninety", "Dredging delayed once more", "Gulls trouble the fish market"),
}


@dataclass(frozen=True)
class Shape:
    """One page and what a reader would call its story.

    Attributes:
        optional: credit lines, standfirsts and speaker marks, which a body may hold or not.
    """

    name: str
    html: str
    language: str
    story: tuple[str, ...]
    charset: str = "utf-8"
    optional: tuple[str, ...] = ()


def links(language: str) -> str:
    """A list of other articles."""
    return "<ul>" + "".join(f'<li><a href="/{n}">{text}</a></li>' for n, text in enumerate(_LINKS[language])) + "</ul>"


def document(language: str, body: str, head: str = "", title: str = "") -> str:
    """A page around what is in its body element."""
    title = title or TITLES[language]
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f'<body><div class="gnb">{links(language)}</div>{body}<div id="ft">{links(language)}</div></body></html>'
    )


def korean_shapes() -> list[Shape]:
    """Portals, newspapers, broadcasters and agencies of Korea."""
    title, told = f"<h2 class='tit'>{TITLES['ko']}</h2>", KOREAN
    arc = {
        "content_elements": [
            {"type": "text", "content": told[0], "_id": "A1"},
            {"type": "image", "caption": "파업을 끝낸 승무원들이 배에 오르고 있다. 사진은 월요일 아침에 찍혔다."},
            {"type": "raw_html", "content": "<div class='ad'></div>"},
            *({"type": "text", "content": line, "_id": "A2"} for line in told[1:]),
            {"type": "interstitial_link", "content": "[관련기사] 등대지기가 아흔 살에 바다를 떠났다. 자세히 보기."},
        ],
        "headlines": {"basic": TITLES["ko"]},
    }
    tail = (
        "<p>김나래 기자 narae@garam.example</p><p>&lt;저작권자 ⓒ 가람일보, 무단 전재 및 재배포 금지&gt;</p>"
        f'<p><a href="/2">▶ {_LINKS["ko"][0]}</a></p>'
    )
    card = "<div class='reporter_card'><strong>김나래 기자</strong><p>바다와 항구의 소식을 전합니다. 제보를 기다립니다.</p></div>"
    figure = "<figure><img src='a.jpg'><figcaption>월요일 아침 선착장에 줄을 선 승객들의 모습이다. 가람일보 자료사진</figcaption></figure>"
    ranking = f"<div class='rank_news'><h4>많이 본 뉴스</h4>{links('ko')}</div>"
    br = "<br/><br/>".join(told)
    daum = "".join(f'<p dmcf-pid="x{n}" dmcf-ptype="general">{line}</p>' for n, line in enumerate(told))
    table = "<table class='photo'><tr><td><img src='a'></td></tr><tr><td class='cap'>▲ 월요일 아침 선착장에 줄을 선 승객들이다.</td></tr></table>"
    summary = "<strong class='media_end_summary'>승무원들 월요일 복귀<br>임금 사 퍼센트 인상</strong>"
    return [
        Shape(
            "naver-entertainment",
            document(
                "ko",
                f"<div id='content'>{title}<div id='newsct_article' class='_article_body'>"
                f"<div id='articeBody'>{br}</div></div>{ranking}</div>",
            ),
            "ko",
            told,
        ),
        Shape(
            "naver-summary-strong",
            document("ko", f"<div id='ct'>{title}<article id='dic_area'>{summary}<br><br>{br}</article></div>"),
            "ko",
            ("승무원들 월요일 복귀", "임금 사 퍼센트 인상", *told),
        ),
        Shape(
            "daum",
            document(
                "ko",
                f"<main><h3 class='tit_view'>{TITLES['ko']}</h3><div class='article_view'>"
                f"<section dmcf-sid='s1'>{figure}{daum}<p dmcf-ptype='general'>narae@garam.example</p></section></div>"
                f"<div class='box_ranking'>{links('ko')}</div></main>",
            ),
            "ko",
            told,
        ),
        Shape(
            "news-view-reporter-card",
            document(
                "ko",
                f"<section class='news_view'>{title}<div class='news_txt'>{figure}{_P['ko']}{card}</div></section>",
            ),
            "ko",
            told,
        ),
        Shape(
            "ranking-inside",
            document(
                "ko",
                f"<div class='view_con'>{title}<div itemprop='articleBody'>"
                f"<p>{told[0]}</p><p>{told[1]}</p>{ranking}<p>{told[2]}</p><p>{told[3]}</p>{tail}</div></div>",
            ),
            "ko",
            told,
        ),
        Shape(
            "arc-fusion",
            document(
                "ko",
                "<div id='fusion-app'></div><script>window.Fusion=window.Fusion||{};"
                f"Fusion.globalContent={json.dumps(arc, ensure_ascii=False)};Fusion.globalContentConfig={{}};</script>",
            ),
            "ko",
            told,
        ),
        Shape(
            "euc-kr",
            document("ko", f"<div id='articleBody'>{title}{br}<br><br>{tail}</div>").replace(
                'charset="utf-8"', 'http-equiv="Content-Type" content="text/html; charset=euc-kr"'
            ),
            "ko",
            told,
            "cp949",
        ),
        Shape(
            "related-card-inside",
            document(
                "ko",
                f"<article>{title}<div class='story-news'><p>{told[0]}</p>"
                f"<div class='card-box'><strong>[함께 읽기]</strong><a href='/1'><p>{_LINKS['ko'][0]}</p></a></div>"
                f"<p>{told[1]}</p><p>{told[2]}</p><p>{told[3]}</p>{tail}</div></article>",
            ),
            "ko",
            told,
        ),
        Shape("caption-table", document("ko", f"<div id='news_body_id'>{title}{table}{br}</div>"), "ko", told),
        Shape(
            "plain-divs",
            document(
                "ko",
                f"<div class='c1'>{title}<div class='c2'>"
                + "".join(f"<div>{line}</div><div>&nbsp;</div>" for line in told)
                + "</div></div>",
            ),
            "ko",
            told,
        ),
        Shape(
            "subheading-bold",
            document(
                "ko",
                f"<div class='article_view'>{title}<div class='subtit'>승무원들 월요일 복귀<br>"
                f"임금은 사 퍼센트 인상</div>{_P['ko']}</div>",
            ),
            "ko",
            told,
            optional=("승무원들 월요일 복귀", "임금은 사 퍼센트 인상"),
        ),
        Shape(
            "broadcast-script",
            document(
                "ko",
                f"<div class='detail-body'>{title}<div class='text'>&lt;앵커&gt;<br><br>"
                f"{told[1]}<br><br>&lt;기자&gt;<br><br>{told[2]}<br><br>{told[3]}</div></div>",
            ),
            "ko",
            told[1:],
            optional=("<앵커>", "<기자>"),
        ),
        Shape(
            "suffix-title",
            document(
                "ko",
                f"<article><div class='cont'>{_P['ko']}</div></article>",
                title=f"{TITLES['ko']} : 사회 : 뉴스 : 가람일보",
                head="<meta property='og:site_name' content='가람일보'>",
            ),
            "ko",
            told,
        ),
    ]


def japanese_shapes() -> list[Shape]:
    """Portals, newspapers, broadcasters and agencies of Japan."""
    title, told = f"<h1>{TITLES['ja']}</h1>", JAPANESE
    ruby = tuple(
        line.replace("桟橋", "<ruby>桟橋<rp>（</rp><rt>さんばし</rt><rp>）</rp></ruby>").replace(
            "港町", "<ruby><rb>港町</rb><rt>みなとまち</rt></ruby>"
        )
        for line in told
    )
    caption = "<figure><img src='a'><figcaption>月曜日の朝、桟橋に並ぶ乗客ら＝山田太郎撮影</figcaption></figure>"
    wall = "<div class='wall'><p>この記事は有料会員限定です。残り890文字</p><p><a href='/login'>ログインして続きを読む</a></p></div>"
    more = "<p class='more'><a href='/p2'>続きを読む</a></p>"
    nuxt = "".join(f"<p>{line}</p>" for line in told)
    flat = [
        {"state": 1},
        {"article": 2},
        {"title": 3, "body": 4, "date": 5},
        TITLES["ja"],
        nuxt,
        "2026-10-01T13:18:00+09:00",
    ]
    function = (
        'window.__NUXT__=(function(a,b,c){return {layout:"default",data:[{article:{title:'
        f"{json.dumps(TITLES['ja'], ensure_ascii=False)},body:{json.dumps(nuxt, ensure_ascii=False)},flag:a}}}}],"
        "error:b,state:{},serverRendered:c}}(false,null,true));"
    )
    modules = {
        "props": {"modules": [{"type": "text", "body": f"<p>{line}</p>"} for line in told], "title": TITLES["ja"]}
    }
    return [
        Shape(
            "portal-paging",
            document(
                "ja",
                f"<div id='contents'><article><header>{title}<p>10/1(木) 13:18 配信</p></header>"
                f"<div class='article_body'><p class='sc-a'>{'<br><br>'.join('　' + line for line in told)}</p></div>"
                f"<div class='paging'><a href='?page=2'>次ページは：船長の一日</a></div><footer>{links('ja')}</footer></article></div>",
                title=f"{TITLES['ja']}（港新聞） - ニュース",
            ),
            "ja",
            told,
        ),
        Shape(
            "ruby",
            document(
                "ja", f"<main><article>{title}" + "".join(f"<p>{line}</p>" for line in ruby) + "</article></main>"
            ),
            "ja",
            told,
        ),
        Shape(
            "wall",
            document(
                "ja",
                f"<main>{title}<div class='article-body'>{caption}{_P['ja']}{wall}</div>"
                f"<div class='ranking'><h2>アクセスランキング</h2>{links('ja')}</div></main>",
            ),
            "ja",
            told,
        ),
        Shape(
            "read-on",
            document("ja", f"<div class='article'>{title}<div class='p-main'>{_P['ja']}{more}</div></div>"),
            "ja",
            told,
        ),
        Shape(
            "shift-jis",
            document("ja", f"<div class='ArticleText'>{title}{_P['ja']}</div>").replace("utf-8", "Shift_JIS"),
            "ja",
            told,
            "cp932",
        ),
        Shape(
            "euc-jp",
            document("ja", f"<div id='main'>{title}<div class='txt'>{'<br>'.join(told)}</div></div>").replace(
                "utf-8", "EUC-JP"
            ),
            "ja",
            told,
            "euc_jp",
        ),
        Shape(
            "agency-box",
            document(
                "ja",
                f"<div class='ArticleHead'>{title}<p>2026年10月01日13時18分</p></div>"
                f"<div class='ArticleFigure'><img src='a'><p>月曜日の朝、桟橋に並ぶ乗客ら＝1日、港町</p></div>"
                f"<div class='ArticleText clearfix'><p>{told[0]}<br>　{told[1]}</p><p>　{told[2]}<br>　{told[3]}</p></div>",
                title=f"{TITLES['ja']}：港通信ニュース",
            ),
            "ja",
            told,
        ),
        Shape(
            "vertical-bar",
            document(
                "ja",
                f"<main>{title}<div class='post__content'>{_P['ja']}</div></main>",
                head="<meta property='og:site_name' content='港新聞デジタル'>",
                title=f"{TITLES['ja']}｜港新聞デジタル",
            ),
            "ja",
            told,
        ),
        Shape(
            "related-inside",
            document(
                "ja",
                f"<main><article>{title}<div class='body'><p>{told[0]}</p><p>{told[1]}</p>"
                f"<div class='inline-box'><p>【関連記事】<a href='/9'>{_LINKS['ja'][0]}</a></p></div>"
                f"<p>{told[2]}</p><p>{told[3]}</p></div></article></main>",
            ),
            "ja",
            told,
        ),
        Shape(
            "subheads",
            document(
                "ja",
                f"<main><article>{title}<p>{told[0]}</p><h2>賃金は来年までに</h2><p>{told[1]}</p>"
                f"<p>{told[2]}</p><p>{told[3]}</p></article></main>",
            ),
            "ja",
            (told[0], "賃金は来年までに", *told[1:]),
        ),
        Shape("nuxt-function", document("ja", f"<div id='__nuxt'></div><script>{function}</script>"), "ja", told),
        Shape(
            "nuxt-flat",
            document(
                "ja",
                "<div id='__nuxt'></div><script type='application/json' id='__NUXT_DATA__'>"
                f"{json.dumps(flat, ensure_ascii=False)}</script>",
            ),
            "ja",
            told,
        ),
        Shape(
            "module-json",
            document(
                "ja",
                "<div id='app'></div><script type='application/json'>"
                f"{json.dumps(modules, ensure_ascii=False)}</script>",
            ),
            "ja",
            told,
        ),
        Shape(
            "definition-list",
            document("ja", f"<div id='news'>{title}<dl><dt>2026年10月1日</dt><dd>{'<br>'.join(told)}</dd></dl></div>"),
            "ja",
            told,
        ),
        Shape(
            "copyright-tail",
            document(
                "ja",
                f"<div class='main'>{title}<div class='honbun'>{_P['ja']}"
                "<p>（港通信）</p><p class='c'>ⓒ港新聞社 無断転載を禁じます</p></div></div>",
            ),
            "ja",
            told,
            optional=("（港通信）",),
        ),
    ]


def english_shapes() -> list[Shape]:
    """AMP, live blogs, galleries and the English editions."""
    told, title = ENGLISH, f"<h1>{TITLES['en']}</h1>"
    entries = "".join(f"<div class='entry'><time>1{n}:05</time><p>{line}</p></div>" for n, line in enumerate(told))
    slides = "".join(f"<li class='slide'><figure><img><figcaption>{line}</figcaption></figure></li>" for line in told)
    graph = json_ld(articleBody=" ".join(told), headline=TITLES["en"])
    return [
        Shape(
            "amp",
            document(
                "en",
                f"<amp-sidebar>{links('en')}</amp-sidebar><article class='amp-wp-article'>{title}"
                f"<div class='amp-wp-article-content'>{_P['en']}<amp-ad></amp-ad></div></article>",
            ),
            "en",
            told,
        ),
        Shape("live-blog", document("en", f"<main>{title}<div class='live-feed'>{entries}</div></main>"), "en", told),
        Shape("gallery", document("en", f"<main>{title}<ul class='gallery'>{slides}</ul></main>"), "en", told),
        Shape("declared-only", document("en", "<div id='root'></div>", head=graph), "en", (" ".join(told),)),
    ]


def shapes() -> list[Shape]:
    """Every shape of this module."""
    return [*korean_shapes(), *japanese_shapes(), *english_shapes()]
