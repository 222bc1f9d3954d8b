"""Forty generated article pages in three languages: stories with copies, cuts and the same address twice."""

from __future__ import annotations

import random
from pathlib import Path

_SUBJECTS = {
    "en": ["harbour ferry", "school exchange", "chip accord", "fishing quota", "museum loan", "youth orchestra"],
    "ko": ["여객선 협정", "학교 교류", "반도체 합의", "어획 할당", "박물관 대여", "청소년 악단"],
    "ja": ["旅客船の協定", "学校の交流", "半導体の合意", "漁獲の割当", "博物館の貸与", "青少年楽団"],
}
_SENTENCES = {
    "en": "Officials from Seoul and Tokyo said on day {day} that the {subject} would cost {cost} million won and begin "
    "after {months} months of talks in {place} , where {people} people had gathered.",
    "ko": "한국과 일본 당국자들은 {day}일 {place}에서 {subject}에 {cost}억원이 들며 "
    "{months}개월 협의 뒤 시작된다고 {people}명 앞에서 밝혔다.",
    "ja": "日韓の当局者は{day}日、{place}で{subject}には{cost}億円かかり、"
    "{months}カ月の協議のあと始まると{people}人の前で述べた。",
}
_PLACES = {
    "en": ["Busan", "Fukuoka", "Ulsan", "Matsue", "Jeju", "Niigata"],
    "ko": ["부산", "후쿠오카", "울산", "마쓰에", "제주", "니가타"],
    "ja": ["釜山", "福岡", "蔚山", "松江", "済州", "新潟"],
}


def write_sample_pages(folder: Path) -> None:
    """Write the pages as HTML files; the same every time."""
    number = 0
    for language in _SUBJECTS:
        for story, subject in enumerate(_SUBJECTS[language]):
            paragraphs = _paragraphs(language, subject, story)
            for copy in range(1 + story % 4):
                kept = paragraphs if copy == 0 else paragraphs[: -copy or None]
                path = f"{language}/{story}" if copy == 0 else f"{language}/{story}-{copy}"
                _write(folder / f"{number:02d}.html", language, f"{subject} {story} ({copy})", kept, path, story, copy)
                number += 1
    # One article at two addresses: the second file names the first one's canonical address.
    _write(
        folder / f"{number:02d}.html", "en", "harbour ferry 0 (0)", _paragraphs("en", "harbour ferry", 0), "en/0", 0, 0
    )


def _paragraphs(language: str, subject: str, story: int) -> list[str]:
    chance = random.Random(f"{language}{story}")
    return [
        _SENTENCES[language].format(
            day=chance.randint(1, 28), subject=subject, cost=chance.randint(100, 9999), months=chance.randint(2, 40),
            place=chance.choice(_PLACES[language]), people=chance.randint(11, 9999),
        )
        for _ in range(9)
    ]  # fmt: skip


def _write(path: Path, language: str, title: str, body: list[str], address: str, story: int, copy: int) -> None:
    host = f"outlet{copy}.example"
    published = f"2026-05-{story + 1:02d}T0{copy + 1}:00:00+09:00"
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in body)
    path.write_text(
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title} | Outlet {copy}</title>'
        f'<link rel="canonical" href="https://{host}/{address}">'
        f'<meta property="article:published_time" content="{published}"><meta property="og:site_name" '
        f'content="Outlet {copy}"></head><body><nav><a href="/">Home</a></nav><article><h1>{title}</h1>{paragraphs}'
        "</article><footer>Share this article</footer></body></html>",
        encoding="utf-8",
    )
