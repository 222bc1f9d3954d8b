"""The URL rules of ``schemas/data/url_rules.yaml``: trackers, portal forms, AMP and mobile addresses, as data."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.errors import ConfigError

RULES_FILE = "url_rules.yaml"


class Rewritten(BaseModel):
    """An address that the rule applies to, and what normalising makes of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    becomes: str


class UrlRule(BaseModel):
    """One rule.

    Attributes:
        kind: ``drop_query`` removes parameters; ``keep_query`` protects parameters from every drop rule;
            ``rewrite`` gives the address another form; ``unwrap`` takes out the address that another one carries.
        hosts: the rule is for these hosts and those below them; empty is every host.
        names: parameter names of a query rule; ``*`` stands for any characters; letter case does not matter.
        values: regular expression the whole value must match, for a parameter to be dropped; "" is any value.
        when: regular expression over ``host/path`` (whole) that a rewrite or unwrap needs; its named groups
            fill ``becomes``.
        needs: literal text without which ``when`` cannot match; spares most URLs the regular expression.
        query: name of a parameter -> regular expression its whole value must match; the value fills ``becomes``
            under that name. A parameter in ``query`` does not stay in the query.
        becomes: the new address; ``//`` at its start keeps the scheme.
        keep_query: whether the other parameters stay.
        added: the day the rule was written; source: where the form was seen or documented.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    source: str = Field(min_length=3)
    added: date
    kind: Literal["drop_query", "keep_query", "rewrite", "unwrap"]
    hosts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    values: str = ""
    when: str = ""
    needs: str = ""
    query: dict[str, str] = {}
    becomes: str = ""
    keep_query: bool = False
    matching: tuple[Rewritten, ...] = Field(min_length=1)
    non_matching: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _complete(self) -> UrlRule:
        if self.kind.endswith("_query") != bool(self.names):
            raise ValueError("'names' are for drop_query and keep_query, which need them")
        if self.kind in ("rewrite", "unwrap") and not (self.when and self.becomes):
            raise ValueError("a rewrite needs 'when' and 'becomes'")
        for pattern in (self.values, self.when, *self.query.values()):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"'{pattern}' is not a regular expression: {error}") from error
        return self


class UrlRules(BaseModel):
    """The file: rules sorted by id.

    Attributes:
        mobile_labels: first labels of hosts that serve an outlet's mobile or AMP pages.
        aggregators: hosts whose links stand for other outlets' articles.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    aggregators: tuple[str, ...]
    mobile_labels: tuple[str, ...]
    rules: tuple[UrlRule, ...]

    @model_validator(mode="after")
    def _sorted(self) -> UrlRules:
        ids = [rule.id for rule in self.rules]
        if ids != sorted(set(ids)):
            raise ValueError("rules must be sorted by id, each id once")
        return self


@cache
def load_url_rules() -> UrlRules:
    """The rules that ship with straitwire.

    Errors: ConfigError naming the rule and what is wrong with it.
    """
    text = resources.files("schemas.data").joinpath(RULES_FILE).read_text(encoding="utf-8")
    try:
        return UrlRules.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as error:
        raise ConfigError(f"schemas/data/{RULES_FILE}: {error}") from error
