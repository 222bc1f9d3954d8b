from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.decoding import declared_charsets, decode, plausibility
from schemas.errors import FailReason, PermanentError

KOREAN = "한국과 일본의 여객선 회사가 공동 운항에 합의했다. 똠방각하와 펲시맨도 함께 탔다. " * 3
JAPANESE = "日本と韓国の船会社が共同運航で合意した。乗客はミサイルより天気を心配している。" * 3
HEADLINE = "漁業協定改定、両国の大臣が署名した"
FRENCH = "Le président a déclaré à l’été qu’il était très préoccupé par la traversée. "
RUSSIAN = "Лидеры двух стран провели переговоры о паромном сообщении. "
CHINESE = "两国领导人通电话，同意恢复渡轮航线并改善双边关系。" * 3


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        pytest.param(KOREAN, "cp949", id="korean-with-syllables-outside-euc-kr"),
        pytest.param(JAPANESE, "cp932", id="shift-jis"),
        pytest.param(JAPANESE, "euc_jp", id="euc-jp"),
        pytest.param(JAPANESE, "iso2022_jp", id="iso-2022-jp"),
        pytest.param(HEADLINE, "euc_jp", id="euc-jp-headline"),
        pytest.param(HEADLINE, "cp932", id="shift-jis-headline"),
        pytest.param(FRENCH, "cp1252", id="windows-1252"),
        pytest.param(RUSSIAN, "cp1251", id="windows-1251"),
        pytest.param(CHINESE, "gb18030", id="gb18030"),
    ],
)
@pytest.mark.parametrize("hint", ["", "utf-8", "iso-8859-1", "no-such-charset"])
def test_undeclared_or_misdeclared_charset_is_found(text, charset, hint):
    assert decode(text.encode(charset), hint) == text


@pytest.mark.parametrize("charset", ["euc-kr", "ks_c_5601-1987", "EUC-KR", "cp949"])
def test_korean_labels_mean_the_vendors_superset(charset):
    assert decode("쨰깍 소리와 함께 슈퍼컴퓨터가 멈췄다".encode("cp949"), charset).startswith("쨰깍")


def test_lying_header_loses_against_true_meta():
    page = f'<meta charset="shift_jis"><p>{JAPANESE}'.encode("cp932")
    assert JAPANESE in decode(page, "euc-kr")


def test_lying_meta_loses_against_valid_utf_8():
    page = f'<meta charset="euc-kr"><p>{KOREAN}'.encode()
    assert KOREAN in decode(page)


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_wide_text_is_read_with_and_without_mark(charset):
    assert decode(("<html><body><p>" + FRENCH * 3).encode(charset)) == "<html><body><p>" + FRENCH * 3


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"%PDF-1.7\n%abc", id="pdf"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(100), id="png"),
        pytest.param(bytes(range(32)) * 20, id="control-bytes"),
    ],
)
def test_binary_content_is_refused(content):
    with pytest.raises(PermanentError) as caught:
        decode(content, "utf-8", "text/html")
    assert caught.value.reason is FailReason.UNDECODABLE


def test_labels_that_are_no_text_charsets_are_ignored():
    assert declared_charsets(b'<meta charset="rot13">', "zip") == []


def test_right_reading_is_more_plausible_than_every_wrong_one():
    for text, charset in ((KOREAN, "cp949"), (JAPANESE, "cp932"), (JAPANESE, "euc_jp")):
        right = plausibility(text)
        wrong = {"cp949", "cp932", "euc_jp", "cp1252", "utf-8"} - {charset}
        assert all(plausibility(text.encode(charset).decode(name, "replace")) < right for name in wrong)


@given(st.binary(min_size=1, max_size=400), st.sampled_from(["", "utf-8", "euc-kr", "x", "\x00", "idna", "undefined"]))
def test_any_bytes_are_decoded_or_refused(content, hint):
    with contextlib.suppress(PermanentError):
        assert isinstance(decode(content, hint), str)


@given(st.text(alphabet=st.characters(min_codepoint=32, codec="utf-8"), min_size=1))
def test_utf_8_text_survives(text):
    mark_free = text.lstrip("\ufeff")
    if mark_free and not mark_free.startswith(("%PDF", "PK", "GIF8", "RIFF", "OggS", "ID3", "wOF", "BZh", "Rar!")):
        assert decode(mark_free.encode()) == mark_free
