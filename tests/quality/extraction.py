"""Extraction held against the gold bodies, after boilerplate is off: ``python -m tests.quality.extraction``."""

from __future__ import annotations

import sys
import time
import warnings

from pipeline.text.extraction import extract
from pipeline.time_limit import CPU_SECONDS
from schemas.errors import PermanentError
from tests.quality.extraction_corpus import bodies, examples, extracted, f1, share_of_foreign_lines
from tests.unit.extraction.mutations import mutated_pages

MUTATED_PAGES = 5_000

FLOORS: dict[str, float] = {
    "AEB F1": 0.976,
    "AEB F1 before boilerplate is cut": 0.970,
    "publishers F1, words": 0.975,
    "publishers F1, JP/KR characters": 0.960,
    "max:empty bodies": 0,
    "max:foreign lines, AEB": 0.015,
    "max:foreign lines, publishers": 0.030,
    "max:mutated pages that crash or run too long": 0,
}


def measure() -> dict[str, float]:
    """The scores by name."""
    aeb, publishers = bodies("aeb"), bodies("publishers")
    return {
        "AEB F1": f1("aeb", aeb),
        "AEB F1 before boilerplate is cut": f1("aeb", _texts("aeb")),
        "publishers F1, words": f1("publishers", publishers),
        "publishers F1, words, before": f1("publishers", _texts("publishers")),
        "publishers F1, JP/KR characters": f1("publishers", publishers, by_character=True),
        "empty bodies": float(sum(not text for texts in (aeb, publishers) for text in texts.values())),
        "foreign lines, AEB": share_of_foreign_lines("aeb", aeb),
        "foreign lines, publishers": share_of_foreign_lines("publishers", publishers),
        "mutated pages that crash or run too long": float(_broken_by_mutation(MUTATED_PAGES)),
    }


def baselines() -> dict[str, float]:
    """What trafilatura's default mode reaches on the same pages."""
    scores: dict[str, float] = {}
    for corpus in ("aeb", "publishers"):
        texts = {example.key: _trafilatura(example.html, example.gold["url"]) for example in examples(corpus)}
        scores[f"{corpus} F1, words"] = f1(corpus, texts)
        scores[f"{corpus} empty bodies"] = float(sum(not text for text in texts.values()))
        scores[f"{corpus} foreign lines"] = share_of_foreign_lines(corpus, texts)
        if corpus == "publishers":
            scores["publishers F1, JP/KR characters"] = f1(corpus, texts, by_character=True)
    return scores


def _texts(corpus: str) -> dict[str, str]:
    found = extracted(corpus)
    return {example.key: found[example.key].text if example.key in found else "" for example in examples(corpus)}


def _trafilatura(html: bytes, url: str) -> str:
    import trafilatura

    document = trafilatura.bare_extraction(html, url=url)
    return getattr(document, "text", "") or ""


def _broken_by_mutation(count: int) -> int:
    broken = 0
    for page in mutated_pages(count):
        started = time.process_time()
        try:
            extract(page, "text/html", "", "https://news.example/story/1")
        except PermanentError:
            pass
        except Exception as error:
            print(f"broken by {type(error).__name__}: {error}", file=sys.stderr)
            broken += 1
        broken += time.process_time() - started > CPU_SECONDS
    return broken


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, value in measure().items():
            floor = FLOORS.get(name, FLOORS.get(f"max:{name}"))
            print(f"{name:<44} {value:8.4f} {'' if floor is None else f'{floor:8.3f}'}")
        for name, value in baselines().items():
            print(f"{'trafilatura: ' + name:<44} {value:8.4f}")
