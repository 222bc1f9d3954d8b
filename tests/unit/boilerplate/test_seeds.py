"""The two seed documents come out as their stories: told by digests, since their sentences are not ours to copy."""

import hashlib
import unicodedata

import pytest

from pipeline.text.boilerplate import strip_boilerplate
from pipeline.text.extraction import extract
from schemas.records import Paywall
from tests.shared_material import shared_path

FIRST = "seeds/000_7d5e1cc04953d96f.txt"
SECOND = "seeds/001_202df84bf78b4f01.txt"
PARAGRAPHS = {
    FIRST: [
        "619a5980106aecef", "85c31835593284b4", "4fb7f2479014ae70", "1f6ab13e87b5dc0f", "daeb291a800fc751",
        "d56e4c404d94947e", "abbf72916558574e", "94a67ace72042f8e", "cf46fe9bd41d9fde", "768e1194ee19843a",
        "2eed6420aa928acd", "f3db00f0d5061c73", "93bed449c71017b8",
    ],
    SECOND: [
        "9d731f607cde7f56", "17ebda99439b9888", "89f80f96f7fa3ca2", "6113bd8748f5622d", "e738711560432044",
        "967504ead9263bb8", "5fa0401c8e6a0fb2", "3ca8c0e379a9de08", "9967bb9fd742dd30", "b09e0f540780d8d6",
        "ad1a07b36597faf3",
    ],
}  # fmt: skip
CHROME = (
    "leave a reply", "email address will not", "all your news in one place", "premium titles", "one app",
    "start reading",
    "via ap news wire", "sign up to read", "titles, curated", "already a member", "sign in here", "related stories",
    "top stories on", "one subscription that", "our picks", "days free", "download the app", "one membership",
    "trusted global sources", "associated press", "contributed to this report",
)  # fmt: skip


def digest(paragraph: str) -> str:
    letters = "".join(c for c in unicodedata.normalize("NFKC", paragraph).casefold() if c.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest()[:16]


def digests(body: str) -> list[str]:
    return [digest(line) for line in body.split("\n") if line.strip()]


@pytest.fixture(params=[FIRST, SECOND])
def seed(request):
    return request.param, shared_path(*request.param.split("/")).read_bytes()


def test_extracted_seed_keeps_every_paragraph_and_nothing_else(seed):
    name, content = seed
    page = extract(content, "text/plain", "", "")
    body = strip_boilerplate(page.text, page.title, page.language).body
    assert digests(body) == PARAGRAPHS[name]
    assert not [cue for cue in CHROME if cue in body.casefold()]


def test_whole_seed_without_extraction_comes_out_the_same(seed):
    name, content = seed
    text = content.decode()
    headline = next(line for line in text.split("\n") if "," in line and len(line) < 80)
    assert digests(strip_boilerplate(text, headline, "en").body) == PARAGRAPHS[name]


def test_both_seeds_glued_into_one_text_lose_no_paragraph():
    both = shared_path(*FIRST.split("/")).read_text() + "\n" + shared_path(*SECOND.split("/")).read_text()
    found = digests(strip_boilerplate(both, "", "en").body)
    assert set(PARAGRAPHS[FIRST]) | set(PARAGRAPHS[SECOND]) <= set(found)


def test_only_the_aggregator_asks_for_payment():
    walls = []
    for name in (FIRST, SECOND):
        page = extract(shared_path(*name.split("/")).read_bytes(), "text/plain", "", "")
        stripped = strip_boilerplate(page.text, page.title, page.language)
        walls.append(stripped.paywall)
        assert not stripped.truncated
    assert walls == [Paywall.UNKNOWN, Paywall.PAYWALLED]
