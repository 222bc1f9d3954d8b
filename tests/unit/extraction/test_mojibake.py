"""Text whose characters were damaged before it reached us: mended where it can be, refused where it cannot."""

from __future__ import annotations

import pytest

from pipeline.text.extraction import extract
from pipeline.text.mojibake import is_garbled, mended
from schemas.errors import FailReason, PermanentError

SOUND = {
    "ja": "両国の外相は月曜日、釜山で会談した。港の使用料をめぐる協議は来週も続く。担当者は「前進した」と述べた。",
    "ko": "두 나라 외교장관이 월요일 부산에서 만났다. 항만 사용료 협의는 다음 주에도 이어진다고 당국자가 밝혔다.",
    "fr": "À Séoul, la délégation a été reçue lundi ; l’accord sera signé à l’été, a dit un élève de l’école navale.",
    "de": "Über die Gebühren für die Häfen wird nächste Woche weiter verhandelt, erklärte ein Sprecher in Köln.",
    "pt": "A comissão não chegou a uma decisão: as negociações continuarão em São Paulo, disse o porta-voz da missão.",
    "vi": "Hai bộ trưởng đã gặp nhau tại Busan; đàm phán về phí cảng sẽ tiếp tục vào tuần tới, một quan chức cho biết.",
    "marks": "“Yes” — he said… ‘no’ • £5, €6, ½ of 30 °C, § 4 ¶ 2, ©® naïve café façade Ålesund São Ærø 😀",
}


@pytest.mark.parametrize("language", SOUND)
def test_sound_text_is_left_alone(language: str) -> None:
    assert mended(SOUND[language]) == SOUND[language]
    assert not is_garbled(SOUND[language])


@pytest.mark.parametrize("language", ["ja", "ko", "fr", "de", "pt", "vi"])
@pytest.mark.parametrize("taken_for", ["latin-1", "cp1252"])
def test_utf_8_taken_for_another_set_is_mended(language: str, taken_for: str) -> None:
    misread = "".join(
        bytes([byte]).decode(taken_for, "ignore") or chr(byte) for byte in SOUND[language].encode("utf-8")
    )
    assert misread != SOUND[language]
    assert mended(misread) == SOUND[language]


def _page(body: str) -> bytes:
    paragraphs = "".join(f"<p>{body}</p>" for _ in range(4))
    return f"<html><head><title>Talks</title></head><body><article>{paragraphs}</article></body></html>".encode()


def test_a_page_that_was_encoded_twice_is_read_as_it_was_meant() -> None:
    twice = SOUND["ja"].encode("utf-8").decode("latin-1")
    assert extract(_page(twice), "text/html", "utf-8", "https://outlet.example/1").text.startswith("両国の外相は")


@pytest.mark.parametrize(
    "lost",
    [
        pytest.param("?" * 5 + " ", id="question marks"),
        pytest.param("\N{REPLACEMENT CHARACTER}" * 6 + " ", id="replaced"),
    ],
)
def test_a_page_whose_characters_are_lost_is_no_article(lost: str) -> None:
    with pytest.raises(PermanentError) as failed:
        extract(_page(lost * 30 + "2026."), "text/html", "", "https://outlet.example/2")
    assert failed.value.reason is FailReason.MOJIBAKE
