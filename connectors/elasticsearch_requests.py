"""A request to Elasticsearch as data: so that it can be shown, compared and tested before it is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

_JSON = {"accept": "application/json", "content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Request:
    """``PUT /path`` with a JSON body, or None for none."""

    method: str
    path: str
    body: Any = None

    def send(self, library: Elasticsearch) -> Any:
        """The answer's body. Errors: those of the library."""
        return library.perform_request(self.method, self.path, headers=_JSON, body=self.body).body

    def text(self) -> str:
        r"""As Kibana's console takes it.

        >>> Request("PUT", "/a", {"b": "다"}).text()
        'PUT /a\n{\n  "b": "다"\n}\n'
        """
        body = "" if self.body is None else json.dumps(self.body, ensure_ascii=False, indent=2) + "\n"
        return f"{self.method} {self.path}\n{body}"
