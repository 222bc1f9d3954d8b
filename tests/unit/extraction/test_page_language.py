from __future__ import annotations

import pytest

from pipeline.text.page_language import detect_language
from tests.unit.extraction.pages import STORIES


@pytest.mark.parametrize("language", ["en", "ko", "ja"])
def test_stories_are_recognised(language):
    assert detect_language(" ".join(STORIES[language])) == language


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        pytest.param("同志社大学", "", "", id="a-name-in-ideographs-is-nothing-yet"),
        pytest.param("同志社大学", "ja", "ja", id="a-name-in-ideographs-with-a-declaration"),
        pytest.param("同志社大学は港の近くに新しい校舎を開いた。", "ko", "ja", id="kana-decides"),
        pytest.param("同志社大学 교수가 항구 근처에 새 교실을 열었다고 밝혔다.", "ja", "ko", id="hangul-decides"),
        pytest.param("两国领导人通电话，同意恢复渡轮航线并改善双边关系。", "", "zh", id="chinese"),
        pytest.param(
            "The film 기생충 was shown to ferry crews in the harbour on Monday night.", "", "en", id="a-quoted-word"
        ),
        pytest.param("", "en-GB", "en", id="nothing-but-a-declaration"),
        pytest.param("", "english", "", id="a-declaration-that-is-no-code"),
    ],
)
def test_script_decides_before_declaration(text, declared, language):
    assert detect_language(text, declared) == language
