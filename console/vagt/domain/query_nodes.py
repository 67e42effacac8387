"""A parsed query as a tree, and the text that parses to the same tree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vagt.domain.query_text import fold

KEYWORDS = frozenset({"and", "or", "not"})


class Op(StrEnum):
    """How a field is compared."""

    HAS = ":"
    IS = "="
    NOT = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class Term:
    """A field, how it is compared, and with what; any one of `values` suffices."""

    field: str
    op: Op
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.field}{self.op}{','.join(quoted_value(value) for value in self.values)}"


@dataclass(frozen=True, slots=True)
class Word:
    """Text that stands somewhere in the incident."""

    text: str

    def __str__(self) -> str:
        return f'"{_escaped(self.text)}"' if self.text.lower() in KEYWORDS else quoted(self.text)


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but."""

    node: Node

    def __str__(self) -> str:
        return f"-{_grouped(self.node)}"


@dataclass(frozen=True, slots=True)
class And:
    """All of them; of none, everything. Never directly within another And."""

    nodes: tuple[Node, ...]

    def __str__(self) -> str:
        return " ".join(_grouped(node) if isinstance(node, Or) else str(node) for node in self.nodes)


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them. Never directly within another Or."""

    nodes: tuple[Node, ...]

    def __str__(self) -> str:
        return " or ".join(str(node) for node in self.nodes)


Node = Term | Word | Not | And | Or


def both(left: Node, right: Node) -> Node:
    """What fits the two of them."""
    nodes = [*_parts(left), *_parts(right)]
    return nodes[0] if len(nodes) == 1 else And(tuple(nodes))


def implies(narrow: Node, wide: Node) -> bool:
    """Whether whatever fits `narrow` fits `wide`, as far as it shows: the same terms, or longer words, and more."""
    mine = _parts(narrow)
    return all(any(_covers(each, part) for each in mine) for part in _parts(wide))


def _parts(node: Node) -> tuple[Node, ...]:
    return node.nodes if isinstance(node, And) else (node,)


def _covers(narrow: Node, wide: Node) -> bool:
    if isinstance(narrow, Word) and isinstance(wide, Word):
        return fold(wide.text) in fold(narrow.text)
    return narrow == wide


def quoted(text: str) -> str:
    """`text` as one word, in quotes where it needs them."""
    return text if not text.startswith("-") and _is_bare(text, '()"<>=:') else f'"{_escaped(text)}"'


def quoted_value(text: str) -> str:
    """`text` as one of a field's values, in quotes where it needs them."""
    return text if _is_bare(text, '()",') else f'"{_escaped(text)}"'


def _is_bare(text: str, special: str) -> bool:
    return bool(text) and not any(char.isspace() or char in special for char in text)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _grouped(node: Node) -> str:
    return f"({node})" if isinstance(node, And | Or) else str(node)
