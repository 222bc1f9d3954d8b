"""One element -> one bulk action, by constants and functions of the element. Pure but for random ids."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from connectors.bulk_writes.bulk_action import BadActionError, BulkAction, Operation, bulk_action, index_action

Text: TypeAlias = str | Callable[[Any], str]
Number: TypeAlias = int | Callable[[Any], int | None]
Script: TypeAlias = Mapping[str, Any] | Callable[[Any], Mapping[str, Any] | None]


class BadElementError(Exception):
    """No action can be made of an element; holds what was known of it until then."""

    def __init__(self, detail: str, index: str, document_id: str) -> None:
        super().__init__(detail, index, document_id)
        self.detail = detail
        self.index = index
        self.document_id = document_id


@dataclass(frozen=True, slots=True)
class ActionFields:
    """How an action is made of an element: each field is a constant or a function of the element.

    Attributes:
        index: name or alias; a data stream takes ``create`` only.
        id: str, or int, which becomes str. Without it each element gets a random id when it is processed: sending
            again writes nothing twice, but a bundle that the runner repeats does.
        document: what to write, see ``bulk_action``; the element itself by default.
        operation: index (put), create (leave what is there), update (part of a document), delete.
        routing, pipeline: "" for none.
        version: of index and delete; an older one than the server holds is stale.
        version_type: external or external_gte.
        doc_as_upsert: update puts the document where there is none.
        script: of update; may run twice when an answer is lost.
    """

    index: Text
    id: str | int | Callable[[Any], str | int] | None = None
    document: Callable[[Any], Any] | None = None
    operation: Text = Operation.INDEX
    routing: Text = ""
    pipeline: Text = ""
    version: Number | None = None
    version_type: str = "external"
    doc_as_upsert: bool = False
    script: Script | None = None

    def __post_init__(self) -> None:
        if not callable(self.index) and not self.index:
            raise ValueError("name the index to write to")
        if callable(self.operation):
            return
        if self.operation not in list(Operation):
            raise ValueError(f"the operation is '{self.operation}'; it is index, create, update or delete")
        if self.id is None and self.operation in (Operation.UPDATE, Operation.DELETE):
            raise ValueError(f"{self.operation} needs an id")
        if self.version is not None and self.operation not in (Operation.INDEX, Operation.DELETE):
            raise ValueError(f"{self.operation} takes no version; index and delete do")
        if self.script is not None and self.operation != Operation.UPDATE:
            raise ValueError(f"{self.operation} takes no script; update does")

    def action(self, element: Any) -> BulkAction:
        """The element's action.

        Errors: BadElementError when a function raises, whatever it raises, or the values make no action.

        >>> ActionFields(index="news", id=lambda row: row["n"]).action({"n": 7}).document_id
        '7'
        >>> ActionFields(index="news", id=lambda row: row["m"]).action({"n": 7})
        Traceback (most recent call last):
        pipeline.elasticsearch_io.element_actions.BadElementError: ("id: KeyError: 'm'", 'news', '')
        """
        field, index, identity = "index", "", ""
        try:
            index = _text("index", self.index(element) if callable(self.index) else self.index)
            if not index:
                raise BadActionError("the index is empty")
            field = "id"
            identity = self.identity(element)
            field = "operation"
            operation = self.operation(element) if callable(self.operation) else self.operation
            field = "routing"
            routing = self.routing(element) if callable(self.routing) else self.routing
            field = "pipeline"
            pipeline = self.pipeline(element) if callable(self.pipeline) else self.pipeline
            field = "version"
            version = self.version(element) if callable(self.version) else self.version
            field = "script"
            script = self.script(element) if callable(self.script) else self.script
            field = "document"
            document = self.document(element) if self.document is not None else element
            return bulk_action(
                operation,
                identity,
                document,
                index=index,
                routing=_text("routing", routing),
                version=version,
                version_type=self.version_type,
                pipeline=_text("pipeline", pipeline),
                doc_as_upsert=self.doc_as_upsert,
                script=script,
            )
        except BadActionError as error:
            raise BadElementError(str(error), index, identity if isinstance(identity, str) else "") from error
        except Exception as error:  # the user's function may raise anything, about this element alone
            raise BadElementError(f"{field}: {type(error).__name__}: {error}"[:300], index, identity) from error

    def maker(self) -> Callable[[Any], BulkAction]:
        """``action``, or what gives the same faster where only id and document are functions."""
        index, make_id, make_document = self.index, self.id, self.document
        unused = (self.routing, self.pipeline) == ("", "") and self.version is None and self.script is None
        if callable(index) or not callable(make_id) or self.operation != Operation.INDEX or not unused:
            return self.action

        def make(element: Any) -> BulkAction:
            try:
                identity = make_id(element)
                document = element if make_document is None else make_document(element)
                return index_action(index, str(identity) if type(identity) is int else identity, document)  # type: ignore[arg-type]  # checked there
            except Exception:  # told apart by the thorough way
                return self.action(element)

        return make

    def identity(self, element: Any) -> str:
        """The id of the element's document, unchecked. Errors: whatever the function raises."""
        if self.id is None:
            return uuid.uuid4().hex
        identity = self.id(element) if callable(self.id) else self.id
        if isinstance(identity, int) and not isinstance(identity, bool):
            return str(identity)
        return identity  # type: ignore[return-value]  # whatever the function gave: the action's maker checks it


def _text(field: str, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadActionError(f"the {field} is {type(value).__name__}, not str")
    return value
