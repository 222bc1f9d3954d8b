"""Speed of gate, topics and entities against a bare automaton pass over the same text, in one run.

``python -m tests.benchmarks.topics_speed [--articles 20000]``. The corpus is made of our own sentences: one article in
five is about the two countries, the rest is ordinary news of which a third names one of them.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time

from pipeline.text.topics.tagging import rule_book, tag_topics
from schemas.topic_examples import example_articles, irrelevant_examples, topic_examples

ORDINARY = (
    "The council approved a new bus route on Monday after two years of debate. Residents said the old one was slow.",
    "Apple growers expect a late harvest because of the cold spring. Prices at the market rose by a tenth.",
    "The orchestra will open its season with a symphony by Brahms. Tickets are on sale from Friday.",
    "시의회가 새 버스 노선을 승인했다. 주민들은 옛 노선이 느리다고 말했다.",
    "사과 수확이 늦어질 전망이다. 시장 가격은 10% 올랐다.",
    "市議会は新しいバス路線を承認した。住民は古い路線が遅いと話していた。",
    "リンゴの収穫は遅れる見込みだ。市場の価格は1割上がった。",
)


def corpus(size: int, share_relevant: float = 0.2) -> list[tuple[str, str]]:
    """Titles and bodies of three to twelve paragraphs, the same for the same size."""
    generator = random.Random(2026)
    relevant = [text for examples in topic_examples().values() for text in examples.match]
    relevant += [article.body for article in example_articles() if article.topics]
    irrelevant = [text for texts in irrelevant_examples().values() for text in texts]
    by_language = {
        language: [
            [text for text in texts if language_of(text) == language] for texts in (relevant, irrelevant, ORDINARY)
        ]
        for language in ("en", "ko", "ja")
    }
    articles = []
    for _ in range(size):
        on_topic, near_it, ordinary = by_language[generator.choice(("en", "ko", "ja"))]
        if generator.random() < share_relevant:
            paragraphs = generator.choices(on_topic, k=generator.randint(2, 6))
            paragraphs += generator.choices(ordinary, k=generator.randint(1, 4))
        elif generator.random() < 0.33:
            paragraphs = [generator.choice(near_it), *generator.choices(ordinary, k=generator.randint(3, 9))]
        else:
            paragraphs = generator.choices(ordinary, k=generator.randint(3, 12))
        articles.append((paragraphs[0][:60], "\n\n".join(paragraphs)))
    return articles


def language_of(text: str) -> str:
    """The language by script."""
    if any("가" <= character <= "힣" for character in text):
        return "ko"
    return "ja" if any("ぁ" <= character <= "ヺ" for character in text) else "en"


def seconds_of(work: list[tuple[str, str]], bare: bool) -> float:
    """CPU seconds of a bare pass, or of everything."""
    automaton = rule_book().matcher.automaton
    begun = time.process_time()
    for title, body in work:
        if bare:
            automaton.find_matches_as_indexes(f"{title}\n{body}", overlapping=True)
        else:
            tag_topics(title, body, "", None)
    return time.process_time() - begun


def import_seconds(statement: str) -> float:
    """CPU seconds of a statement in a fresh interpreter, the least of three."""
    code = f"import time; b = time.process_time(); {statement}; print(time.process_time() - b)"
    return min(
        float(subprocess.check_output([sys.executable, "-W", "ignore", "-c", code], text=True).split()[-1])
        for _ in range(3)
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--articles", type=int, default=20_000)
    size = parser.parse_args().articles
    rule_book()
    tag_topics("", "warm", "", None)
    work = corpus(size)
    megabytes = sum(len(f"{title}\n{body}".encode()) for title, body in work) / 1e6
    bare, full = seconds_of(work, bare=True), seconds_of(work, bare=False)
    print(f"articles {size}, {megabytes:.1f} MB")
    print(f"bare automaton pass      {bare:8.2f} s  {megabytes / bare:7.1f} MB per CPU second")
    print(f"gate, topics, entities   {full:8.2f} s  {megabytes / full:7.1f} MB per CPU second, {full / bare:.1f} times")
    for part in (size // 20, size // 2):
        print(f"per article over the first {part}: {seconds_of(work[:part], bare=False) / part * 1e6:.0f} microseconds")
    imports = import_seconds("from pipeline.text.topics.tagging import rule_book")
    rules = import_seconds("from pipeline.text.topics.tagging import rule_book; rule_book()") - imports
    beam = import_seconds("import apache_beam")
    print(f"compiling the rules {rules:.2f} s, apache_beam {beam:.2f} s, share {rules / beam:.2f}")
    print(f"importing our modules with numpy and pydantic {imports:.2f} s")


if __name__ == "__main__":
    main()
