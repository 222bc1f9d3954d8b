"""``straitwire topics``: the taxonomy, checks of its rules, and why a text has the topics it has."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from pipeline.command_line import options
from pipeline.command_line.console import console, print_json, table

topics = typer.Typer(no_args_is_help=True, help="The topics: names, rule checks, explanations.")


@topics.command("list")
def list_topics(as_json: options.JsonOption = False) -> None:
    """List the topics with their names in English, Korean and Japanese."""
    from schemas.topics import topic_names

    names = topic_names()
    if as_json:
        print_json({topic: name.model_dump() for topic, name in names.items()})
        return
    rows = [(topic, name.en, name.ko, name.ja) for topic, name in names.items()]
    console().print(table("", ["topic", "English", "Korean", "Japanese"], rows))


@topics.command("lint")
def lint(as_json: options.JsonOption = False) -> None:
    """Check the topic rules: names, examples, rules that no example shows at work. Exit code 2 on problems."""
    from pipeline.text.topics.lint import lint_topics

    _report(lint_topics(), as_json)


@topics.command("test")
def run_examples(as_json: options.JsonOption = False) -> None:
    """Run every rule's examples. Exit code 2 when one does not hold."""
    from pipeline.text.topics.lint import failed_examples

    _report(failed_examples(), as_json)


def _report(problems: list[str], as_json: bool) -> None:
    if as_json:
        print_json(problems)
    else:
        for problem in problems:
            console().print(problem, markup=False)
        if not problems:
            console().print("everything holds")
    if problems:
        raise typer.Exit(2)


@topics.command("explain")
def explain(
    text: Annotated[str, typer.Argument(help="A text, or - to read standard input.")],
    title: Annotated[str, typer.Option(help="Its headline.")] = "",
    as_json: options.JsonOption = False,
) -> None:
    """Show, sentence by sentence, which cues and rules fire in a text, and what is decided."""
    from pipeline.text.topics.explain import explain_topics

    explanation = explain_topics(title, sys.stdin.read() if text == "-" else text)
    if as_json:
        print_json(asdict(explanation))
        return
    screen = console()
    decided = explanation.topics
    named = ", ".join(f"{tag.topic} {tag.score:.2f}" for tag in decided.tags) or "no topic"
    screen.print(f"{'relevant' if decided.relevant else 'not relevant'} ({explanation.gate:.2f}): {named}")
    rows = [
        (
            sentence.text,
            "\n".join(f"{cue}: {words}" for cue, words in sentence.cues),
            "\n".join(f"{rule.rule} {rule.score:.2f}" for rule in sentence.rules),
        )
        for sentence in explanation.sentences
    ]
    screen.print(table(f"relevant from {explanation.gate_from:.2f}", ["sentence", "cues", "rules"], rows))
    weighed = {"relevant": explanation.gate_reasons, **explanation.topic_reasons}
    reasons = [(topic, "\n".join(f"{name} {share:+.2f}" for name, share in each)) for topic, each in weighed.items()]
    screen.print(table(f"tagged from {explanation.threshold:.2f}", ["decision", "what weighed most"], reasons))
