"""Pairs of addresses: of one article, and of two. Written for the tests; shared with the quality figures."""

HASH = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"

ONE_ARTICLE = [
    ("https://m.yna.co.kr/view/AKR20260503000200073", "https://www.yna.co.kr/view/AKR20260503000200073"),
    ("https://www.yna.co.kr/view/AKR20260503000200073?section=nk/news", "https://www.yna.co.kr/view/AKR20260503000200073"),
    ("https://m-jp.yna.co.kr/view/AJP20260503001", "https://jp.yna.co.kr/view/AJP20260503001?section=news"),
    ("https://digital.asahi.com/articles/ASX53QQ1X53UTFK00A.html", "https://www.asahi.com/articles/ASX53QQ1X53UTFK00A.html"),
    ("https://www.asahi.com/articles/ASX53QQ1X53UTFK00A.html?iref=pc_rellink_02", "https://www.asahi.com/articles/ASX53QQ1X53UTFK00A.html"),
    ("https://www.nikkei.com/article/DGXZQOUA0300P0T00C26A5000000/?n_cid=SPTMG002", "https://www.nikkei.com/article/DGXZQOUA0300P0T00C26A5000000/"),
    ("https://n.news.naver.com/mnews/article/023/0003999999?sid=104", "https://n.news.naver.com/article/023/0003999999"),
    ("https://news.naver.com/main/read.naver?mode=LS2D&mid=shm&sid1=104&sid2=231&oid=023&aid=0003999999", "https://n.news.naver.com/article/023/0003999999"),
    ("https://news.example.jp/kiji/77?fbclid=IwAR2abc", "https://news.example.jp/kiji/77"),
    ("https://www.example.co.kr/politics/12345/amp/", "https://www.example.co.kr/politics/12345"),
    ("https://www.example.co.kr/politics/12345?amp=1", "https://www.example.co.kr/politics/12345"),
    ("https://www.google.co.jp/amp/s/www.example.jp/articles/K9/amp", "https://www.example.jp/articles/K9"),
    ("https://www-example-jp.cdn.ampproject.org/c/s/www.example.jp/amp/articles/K9", "https://www.example.jp/articles/K9"),
    ("https://mnews.jtbc.co.kr/article/NB12299999", "https://news.jtbc.co.kr/article/NB12299999"),
    ("https://www.example.kr/read.php?no=9&PHPSESSID=77aa", "https://www.example.kr/read.php?no=9"),
    ("https://v.daum.net/v/20260503101112345?f=p", "http://news.v.daum.net/v/20260503101112345"),
    (f"https://news.yahoo.co.jp/articles/{HASH}/comments", f"https://news.yahoo.co.jp/articles/{HASH}?source=rss"),
    ("https://nordot.app/1277777777777777777?c=113147194022725109", "https://this.kiji.is/1277777777777777777"),
    ("http://Example.COM:80/a/b/../c?b=2&a=1#part", "https://www.example.com/a/c/?a=1&b=2"),
    ("https://example.com/%e6%97%a5%E9%9F%93", "https://example.com/日韓"),
    ("https://user:secret@example.com/a", "https://example.com/a"),
    ("https://example.com/2026/05/talks/index.html", "http://example.com/2026/05/talks/"),
]  # fmt: skip

TWO_ARTICLES = [
    ("https://nordot.app/QwE", "https://nordot.app/qwe"),  # case-sensitive-ids
    ("https://www.example.kr/view?cid=100", "https://www.example.kr/view?cid=101"),  # cid-is-the-id
    ("https://www.example.kr/v?source=A1B2", "https://www.example.kr/v?source=A1B3"),  # source-is-the-id
    ("https://news.example.kr/1", "https://sports.example.kr/1"),  # sub-domains-are-desks
    ("https://en.yna.co.kr/view/X", "https://jp.yna.co.kr/view/X"),  # editions
    ("https://www.example.kr/list?sid=104", "https://www.example.kr/list?sid=105"),  # short-sid
    ("https://example.com/?p=1", "https://example.com/?p=2"),  # parameter-is-all-there-is
    ("https://example.com:8443/a", "https://example.com/a"),  # port
    ("https://site.example/#!/a/1", "https://site.example/#!/a/2"),  # fragment-that-is-an-address
]  # fmt: skip
