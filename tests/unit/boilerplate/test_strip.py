import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.boilerplate import strip_boilerplate
from pipeline.text.lines import split_lines
from schemas.boilerplate_rules import load_boilerplate_rules
from schemas.records import Paywall

STORY = (
    "The ferry left Mokpo at dawn with 212 people on board, the coast guard said on Tuesday.",
    "It was due in Jeju four hours later. Nobody has explained why it turned back off Chuja island.",
    '"We heard a bang and then nothing," said Moon Ga-ram, 34, who was on the car deck.',
    "A second vessel took the passengers off before noon, and all of them were accounted for.",
)
KOREAN = (
    "여객선은 14일 새벽 승객 212명을 태우고 목포항을 떠났다고 해경이 밝혔다.",
    "해경은 배가 추자도 앞바다에서 뱃머리를 돌린 까닭을 조사하고 있다.",
    "승객들은 낮 12시가 되기 전에 모두 다른 배로 옮겨 탔고 다친 사람은 없었다.",
)
JAPANESE = (
    "フェリーは１４日早朝、乗客２１２人を乗せて木浦港を出港したと海洋警察が発表した。",
    "海洋警察は、船が楸子島の沖で引き返した理由を調べている。",
    "乗客は正午までに全員が別の船に移り、けが人はいなかった。",
)


def stripped(*lines: str, title: str = "", separator: str = "\n\n"):
    return strip_boilerplate(separator.join(lines), title, "en")


def assert_story_only(result, story):
    assert [line for line in result.body.split("\n") if line] == list(story)


@pytest.mark.parametrize(
    ("head", "story", "tail"),
    [
        pytest.param((), STORY, ("Leave a Reply", "Your email address will not be published."), id="comment-form"),
        pytest.param((), STORY, ("Related Stories", "Ferry firm fined", "Island waits for boats"), id="related-block"),
        pytest.param(
            (
                "Get all your news in one place.",
                "500's of premium titles.",
                "Start reading",
                "The Tidewater Courier",
                "World",
            ),
            STORY,
            ("Sign up to read this article", "Already a member? Sign in here", "Our Picks", "Seven days free"),
            id="aggregator",
        ),
        pytest.param(("By Nell Farrow", "5 min read"), STORY, ("nell@courier.example",), id="byline-and-address"),
        pytest.param(
            (),
            STORY,
            ("Nell Farrow in Busan contributed to this report.", "Copyright 2026 The Tidewater Courier."),
            id="credits",
        ),
        pytest.param(
            (), STORY, ("Support our newsroom. Donate today so that our reporting stays free for all.",), id="pitch"
        ),
        pytest.param(
            (),
            KOREAN,
            ("옥지민 기자 jmok@daily.example", "무단 전재 및 재배포 금지", "많이 본 뉴스", "태풍 북상"),
            id="korean",
        ),
        pytest.param(("입력 2026.06.14 09:11",), KOREAN, ("댓글 3", "좋아요 0 슬퍼요 0"), id="korean-share-bar"),
        pytest.param((), JAPANESE, ("（共同）", "無断転載・複製を禁じます", "【関連記事】", "港で式典"), id="japanese"),
        pytest.param(
            ("シェアする",), JAPANESE, ("この記事は有料記事です。残り512文字", "続きを読む"), id="japanese-wall"
        ),
    ],
)
@pytest.mark.parametrize("separator", ["\n", "\n\n"], ids=["lines", "paragraphs"])
def test_chrome_goes_and_every_line_of_the_story_stays(head, story, tail, separator):
    assert_story_only(stripped(*head, *story, *tail, separator=separator), story)


def test_title_repeated_as_first_lines_is_cut_with_its_rule():
    result = stripped(
        "Ferry turns back off Chuja", "Ferry turns back off Chuja", *STORY, title="Ferry turns back off Chuja"
    )
    assert_story_only(result, STORY)
    assert {cut.rule for cut in result.cuts} == {"form.title-repeated"}


def test_first_line_doubled_without_a_title_stays_once():
    result = stripped("Ferry turns back off Chuja", "Ferry turns back off Chuja", *STORY)
    assert result.body.count("Ferry turns back off Chuja") == 1


def test_chrome_glued_to_the_last_sentence_is_cut_from_it():
    glued = STORY[-1] + " Leave a Reply Your email address will not be published. Required fields are marked *"
    assert_story_only(stripped(*STORY[:-1], glued), STORY)


def test_typographic_quotes_and_full_width_letters_change_nothing():
    assert_story_only(stripped("１００’s of premium titles.", *STORY), STORY)


@pytest.mark.parametrize(
    "notice",
    [
        "Correction: An earlier version of this story misstated the number of passengers.",
        "This story has been corrected to say that the ferry left Mokpo, not Wando.",
        "[정정] 앞서 보낸 기사의 승객 수를 바로잡습니다.",
        "【訂正】乗客の数に誤りがありました。訂正しました。",
    ],
)
def test_correction_notices_are_kept_even_among_chrome(notice):
    result = stripped(*STORY, "Related Stories", "Ferry firm fined", notice, "Leave a Reply")
    assert notice in result.body


@pytest.mark.parametrize(
    ("line", "paywall", "truncated"),
    [
        pytest.param("This article is for subscribers only.", Paywall.PAYWALLED, False, id="subscribers-only"),
        pytest.param("You have 2 free articles remaining this month.", Paywall.METERED, False, id="metered"),
        pytest.param("残り 1234文字", Paywall.PAYWALLED, True, id="characters-left"),
        pytest.param("Continue reading on The Tidewater Courier", Paywall.UNKNOWN, True, id="continue-elsewhere"),
        pytest.param("이 기사는 유료회원 전용입니다", Paywall.PAYWALLED, False, id="korean-members-only"),
        pytest.param("Share this article", Paywall.UNKNOWN, False, id="says-nothing"),
        pytest.param("This article is free to read.", Paywall.FREE, False, id="free-to-read"),
        pytest.param("Read it for free, no subscription needed", Paywall.FREE, False, id="no-subscription-needed"),
        pytest.param("この記事は会員でなくても最後までお読みいただけます。", Paywall.FREE, False, id="japanese-denial"),
        pytest.param("회원이 아니어도 전문을 보실 수 있습니다.", Paywall.FREE, False, id="korean-denial"),
        pytest.param(
            "この記事は会員登録すると無料でお読みいただけます。", Paywall.PAYWALLED, False, id="free-for-members"
        ),
        pytest.param(
            "이 기사는 로그인 후 무료로 읽으실 수 있습니다.", Paywall.PAYWALLED, False, id="free-once-logged-in"
        ),
    ],
)
def test_what_the_text_says_of_payment_and_completeness(line, paywall, truncated):
    result = stripped(*STORY, line)
    assert (result.paywall, result.truncated) == (paywall, truncated)


def test_a_denied_wall_outweighs_a_pitch_but_not_text_held_back():
    denial = "We have unlocked this story for all readers."
    assert stripped(*STORY, denial, "Subscribe now to continue reading").paywall is Paywall.FREE
    assert stripped(*STORY, denial, "残り 1234文字").paywall is Paywall.PAYWALLED


def test_text_that_breaks_off_is_truncated():
    assert stripped(*STORY[:2], "The captain told investigators that he had…").truncated


def test_a_wall_alone_leaves_nothing():
    assert stripped("Sign up to read this article", "Already a member? Sign in here").body == ""


def test_link_block_between_paragraphs_leaves_the_sub_heading_below_it():
    result = stripped(
        STORY[0], STORY[1], "Related Stories", "- Ferry firm fined", "The captain", *STORY[2:], *STORY, *STORY
    )
    assert "The captain" in result.body
    assert "Ferry firm fined" not in result.body


CHROME = [line for rule in load_boilerplate_rules() for line in rule.matches]
pieces = st.one_of(st.sampled_from(STORY + KOREAN + JAPANESE), st.sampled_from(CHROME), st.text(max_size=40))
texts = st.lists(st.tuples(pieces, st.sampled_from(["\n", "\n\n", " ", " \n \n", "\r\n"])), max_size=16).map(
    lambda parts: "".join(piece + separator for piece, separator in parts)
)


@settings(max_examples=300, deadline=None)
@given(texts, st.sampled_from(["", *STORY[:2], "Ferry turns back"]))
def test_stripping_twice_changes_nothing_and_every_span_maps_back(text, title):
    result = strip_boilerplate(text, title, "en")
    assert strip_boilerplate(result.body, title, "en").body == result.body
    assert "".join(text[run.original_start : run.original_start + run.length] for run in result.kept) == result.body
    starts = [run.original_start for run in result.kept]
    assert starts == sorted(starts)
    position = 0
    for run in result.kept:
        assert run.body_start == position
        position += run.length
    assert all(text[cut.start : cut.end] == cut.text for cut in result.cuts)
    assert all(first.end <= second.start for first, second in zip(result.cuts, result.cuts[1:], strict=False))


@settings(max_examples=100, deadline=None)
@given(texts)
def test_every_letter_is_either_kept_or_cut(text):
    result = strip_boilerplate(text, "", "en")
    covered = [False] * len(text)
    for start, length in [(run.original_start, run.length) for run in result.kept]:
        covered[start : start + length] = [True] * length
    for cut in result.cuts:
        assert not any(covered[cut.start : cut.end])
        covered[cut.start : cut.end] = [True] * (cut.end - cut.start)
    assert all(
        covered[index]
        for line in split_lines(text)
        for index in range(line.start, line.end)
        if not text[index].isspace()
    )


def test_five_thousand_mutations_never_crash():
    source = random.Random(7)
    base = "\n\n".join([*CHROME[:40], *STORY, *KOREAN, *JAPANESE, *CHROME[40:80]])
    for _ in range(5000):
        start = source.randrange(len(base))
        text = base[start : start + source.randrange(400)]
        flipped = source.randrange(len(text)) if text else 0
        text = text[:flipped] + chr(source.randrange(1, 0xD7FF)) + text[flipped + 1 :]
        result = strip_boilerplate(text, "", "en")
        assert len(result.body) <= len(text)
