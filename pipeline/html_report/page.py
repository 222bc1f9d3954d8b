"""The page: its frame, and the three views one below the other."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from pipeline.html_report.coverage import coverage
from pipeline.html_report.desk import desk
from pipeline.html_report.figures import SEOUL_AND_TOKYO, ReportFigures
from pipeline.html_report.markup import Markup, element, joined
from pipeline.html_report.travel import travel
from schemas.report_words import ReportLanguage, report_words


def report_page(figures: ReportFigures, language: ReportLanguage) -> str:
    """The whole page as one text; a policy in its head forbids every request and every script but its own."""
    words = report_words(language)
    style = _part("page.css")
    script = _part("page.js")
    sections = (("desk", desk), ("travel", travel), ("coverage", coverage))
    now = figures.now.astimezone(SEOUL_AND_TOKYO)
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="referrer" content="no-referrer">'),
        Markup('<link rel="icon" href="data:,">'),
        element("title", f"{words['title']} · {now:%Y-%m-%d}"),
        element("style", Markup(style)),
    )
    body = element(
        "body",
        element("a", words["skip"], href="#stories", class_="skip"),
        element(
            "header",
            element("h1", words["title"]),
            element("p", words["about"], class_="quiet"),
            element("p", words["generated"].format(time=f"{now:%Y-%m-%d %H:%M}"), class_="help"),
        ),
        element(
            "nav",
            element("ul", *[element("li", element("a", words[name], href=f"#{name}")) for name, _ in sections]),
            aria_label=words["title"],
        ),
        element(
            "main",
            *[
                element("section", section(figures, words, language), id=name, aria_label=words[name])
                for name, section in sections
            ],
        ),
        element("footer", "straitwire"),
        element("script", Markup(script)),
    )
    return f"<!DOCTYPE html>\n{element('html', joined((head, body)), lang=language.value)}\n"


def _part(name: str) -> str:
    return files("pipeline.html_report").joinpath(name).read_text("utf-8")


def _policy(script: str) -> str:
    """Nothing may be loaded, and no script runs but ours, whose hash is named."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
