"""A query said in words, for status lines and screen readers."""

from __future__ import annotations

from vagt.domain.query_fields import BY_NAME, Kind
from vagt.domain.query_nodes import And, Node, Not, Op, Or, Term, Word

_LONG = {"p": "priority", "sla": "time to the next deadline", "age": "age", "is": "", "has": "has"}
_OPS = {
    Op.HAS: "contains",
    Op.IS: "is",
    Op.NOT: "is not",
    Op.LESS: "under",
    Op.AT_MOST: "at most",
    Op.MORE: "over",
    Op.AT_LEAST: "at least",
}
_MOMENT_OPS = {
    Op.HAS: "on",
    Op.IS: "on",
    Op.NOT: "not on",
    Op.LESS: "before",
    Op.AT_MOST: "not after",
    Op.MORE: "after",
    Op.AT_LEAST: "not before",
}


def in_words(node: Node) -> str:
    """What the query asks for, in a phrase."""
    match node:
        case Word(text):
            return f"“{text}”"
        case Not(inner):
            return f"not {_within(inner)}"
        case And(nodes):
            return ", ".join(_within(inner, Or) for inner in nodes) or "everything"
        case Or(nodes):
            return " or ".join(_within(inner, And) for inner in nodes)
        case Term():
            return _term(node)


def _within(node: Node, *kinds: type[Node]) -> str:
    said = in_words(node)
    return f"({said})" if isinstance(node, kinds or (And, Or)) else said


def _term(term: Term) -> str:
    field = BY_NAME[term.field]
    name = _LONG.get(field.name, field.name)
    shown = " or ".join(term.values)
    special = {value.text for value in field.values}
    if field.kind is Kind.FLAG:
        return f"{name} {shown}".strip()
    if field.kind is Kind.MOMENT or (field.kind is Kind.SPAN_OR_MOMENT and "-" in term.values[0]):
        return f"{name} {_MOMENT_OPS[term.op]} {shown}"
    if field.kind is Kind.LEVEL or set(term.values) <= special:
        verb = "" if term.op in (Op.HAS, Op.IS) else f"{_OPS[term.op]} "
        return f"{name} {verb}{shown}"
    if field.kind is Kind.SPAN_OR_MOMENT:
        return f"untouched for {_OPS[term.op]} {shown}"
    if field.kind is Kind.SPAN:
        return f"{name} {_OPS[term.op]} {shown}"
    return f"{name} {_OPS[term.op]} {' or '.join(f'“{value}”' for value in term.values)}"
