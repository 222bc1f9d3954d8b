import random

import pytest

from pipeline.text.boilerplate import strip_boilerplate
from pipeline.text.recurring_lines import article_lines, learn_recurring_lines, line_hash

HOST = "tide.example"
CHROME_HEAD = ("Tide & Shore", "Edition of the morning", "Weather watch 14 degrees")
CHROME_TAIL = (
    "The Tide reads the sea for you every day of the week.",
    "Our harbour desk answers letters on Thursdays.",
    "Ask Old Salt",
    "Moorings and crew wanted",
    "Nine lives of the Tide cat",
    "A tide table hangs in every office of this paper.",
    "Puzzle of the strait 231",
    "Printed on the quay since 1911.",
    "Back to the pier",
)
CHROME = CHROME_HEAD + CHROME_TAIL
REFRAIN = "And so the tide goes out, as it always has."
WORDS = [
    "ferry",
    "harbour",
    "minister",
    "vote",
    "treaty",
    "captain",
    "storm",
    "island",
    "court",
    "budget",
    "school",
    "bridge",
    "market",
    "road",
    "nurse",
]


def sentence(source: random.Random) -> str:
    chosen = [source.choice(WORDS) for _ in range(9)]
    return f"The {' '.join(chosen)} number {source.randrange(10**6)} was seen on Monday, officials said."


def article(number: int, refrain: bool = False) -> str:
    source = random.Random(number)
    story = [sentence(source) for _ in range(6)]
    if refrain:
        story.append(REFRAIN)
    return "\n\n".join((*CHROME_HEAD, *story, *CHROME_TAIL))


def learned_from(numbers, refrains=frozenset()):
    return learn_recurring_lines(
        article_lines(HOST, f"{number:032x}", article(number, number in refrains)) for number in numbers
    )


@pytest.mark.parametrize("draw", range(8))
def test_table_of_any_ten_articles_cleans_all_others_and_no_story_line_is_cut(draw):
    everything = range(60)
    refrains = frozenset(random.Random(99).sample(everything, 5))
    ten = random.Random(draw).sample(everything, 10)
    lines = learned_from(ten, refrains).of_host(HOST)
    for number in set(everything) - set(ten):
        text = article(number, number in refrains)
        body = strip_boilerplate(text, "", "en", recurring=lines).body.split("\n\n")
        assert sum(line in body for line in CHROME) <= 1
        story = [line for line in text.split("\n\n") if line not in CHROME]
        assert body == story or [line for line in body if line not in CHROME] == story


def test_refrain_in_half_of_the_articles_learned_from_is_kept():
    lines = learned_from(range(10), frozenset(range(5))).of_host(HOST)
    assert REFRAIN in strip_boilerplate(article(50, True), "", "en", recurring=lines).body


def test_same_articles_in_any_order_and_repeated_give_the_same_table():
    numbers = list(range(12))
    table = learned_from(numbers)
    random.Random(3).shuffle(numbers)
    again = learned_from(numbers + numbers[:5])
    assert again == table
    assert again.version == table.version != ""


def test_another_set_of_articles_with_other_chrome_has_another_version():
    table = learned_from(range(12))
    other = learn_recurring_lines(
        article_lines(HOST, f"{number:032x}", article(number) + "\n\nNew pier opens") for number in range(12)
    )
    assert other.version != table.version


def test_copies_of_one_story_teach_nothing():
    copies = [article_lines(HOST, f"{number:032x}", article(1)) for number in range(20)]
    assert learn_recurring_lines(copies).of_host(HOST) is None


def test_versions_of_one_story_teach_nothing():
    versions = [
        article_lines(
            HOST, f"{number:032x}", article(1) + f"\n\nUpdate: boat {number} of {number + 3} is back, it said."
        )
        for number in range(20)
    ]
    assert learn_recurring_lines(versions).of_host(HOST) is None


def test_too_few_articles_teach_nothing():
    assert learned_from(range(7)).of_host(HOST) is None


def test_sentence_of_daily_template_stories_is_kept_inside_the_text():
    def report(number: int) -> str:
        source = random.Random(number)
        middle = "There were no reports of damage along the coast." if number % 2 else sentence(source)
        return "\n\n".join((*CHROME_HEAD, sentence(source), middle, sentence(source), *CHROME_TAIL))

    lines = learn_recurring_lines(
        article_lines(HOST, f"{number:032x}", report(number)) for number in range(40)
    ).of_host(HOST)
    body = strip_boilerplate(report(51), "", "en", recurring=lines).body
    assert "There were no reports of damage along the coast." in body
    assert "Ask Old Salt" not in body


def test_chrome_between_paragraphs_is_learned_too():
    def page(number: int) -> str:
        source = random.Random(number)
        return "\n\n".join(
            [
                sentence(source),
                "Mid-tide pause",
                sentence(source),
                "Read the sea with us any day you like.",
                sentence(source),
            ]
        )

    lines = learn_recurring_lines(article_lines(HOST, f"{number:032x}", page(number)) for number in range(10)).of_host(
        HOST
    )
    body = strip_boilerplate(page(30), "", "en", recurring=lines).body
    assert body.count("\n\n") == 2


def test_cut_names_the_table_that_made_it():
    lines = learned_from(range(10)).of_host(HOST)
    cuts = strip_boilerplate(article(30), "", "en", recurring=lines).cuts
    assert {cut.rule for cut in cuts if cut.text == "Ask Old Salt"} == {f"recurring.{HOST}@{lines.version}"}


def test_counters_in_labels_are_one_line_and_numbers_in_sentences_are_not():
    assert line_hash("Comments 12") == line_hash("Comments 3")
    assert line_hash("The index fell by 12 points on Monday.") != line_hash("The index fell by 3 points on Monday.")
