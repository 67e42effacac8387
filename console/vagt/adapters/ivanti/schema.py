"""What `$metadata` of a set tells: fields, relationships, quick actions and saved searches with their ids ("Metadata").

The document is CSDL; each Action (quick action, template) and Function (saved search) has a
parameter `ActionId` whose default value is a GUID. How that default is spelled is not shown on the
page, so any GUID inside the parameter counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from vagt.adapters.protocol import ProtocolError

_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|\b[0-9A-Fa-f]{32}\b")


@dataclass(slots=True)
class Schema:
    """Names in the order of the document."""

    fields: list[str] = field(default_factory=list)
    relations: dict[str, str] = field(default_factory=dict)
    """Relationship → type at its other end."""
    actions: dict[str, str] = field(default_factory=dict)
    """Name as the address wants it → ActionId."""
    searches: dict[str, str] = field(default_factory=dict)


def read(document: bytes) -> Schema:
    """The schema. Raises ProtocolError for what is no XML, or XML with a document type of its own."""
    schema = Schema()
    reader = _Reader(schema)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _no_doctype
    try:
        parser.Parse(document, True)
    except expat.ExpatError:
        raise ProtocolError("Ivanti's $metadata is not readable") from None
    return schema


def _no_doctype(*_: object) -> None:
    raise ProtocolError("Ivanti's $metadata brings a document type, which is not read")


class _Reader:
    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._call: tuple[str, str] | None = None
        self._in_id = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        kind, name = tag.rpartition(" ")[2], attributes.get("Name", "")
        match kind:
            case "Property" if name:
                self._schema.fields.append(name)
            case "NavigationProperty" if name:
                self._schema.relations[name] = attributes.get("Type", "").removeprefix("Collection(").rstrip(")")
            case "Action" | "Function" if name:
                self._call = (kind, name)
            case "Parameter":
                self._in_id = name == "ActionId"
        if self._in_id:
            for value in attributes.values():
                self.text(value)

    def end(self, tag: str) -> None:
        kind = tag.rpartition(" ")[2]
        if kind in ("Action", "Function"):
            self._call = None
        elif kind == "Parameter":
            self._in_id = False

    def text(self, value: str) -> None:
        match = _GUID.search(value) if self._in_id else None
        if match and self._call:
            kind, name = self._call
            (self._schema.actions if kind == "Action" else self._schema.searches)[name] = match[0]
