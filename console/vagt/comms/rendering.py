"""Fills templates in: sandboxed, strict, and blind to everything that the audience may not see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

import jinja2
from jinja2 import meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.sandbox import ImmutableSandboxedEnvironment

from vagt.comms import markup
from vagt.comms.markup import Form
from vagt.comms.template import Template, TemplateError
from vagt.config.errors import did_you_mean

Value = str | bool | tuple[str, ...] | jinja2.Undefined
"""All that a template can hold: words, yes or no, lists of words, or nothing."""


class FillingError(Exception):
    """The text cannot be made; the message says in words what is missing or not allowed."""

    def __init__(self, words: str, *, name: str = "", withheld: bool = False) -> None:
        super().__init__(words)
        self.words = words
        self.name = name
        """The field that is to blame; empty where none is."""
        self.withheld = withheld
        """The audience may not see it."""


class _Nothing(jinja2.StrictUndefined):
    """No value: false in a condition, an error where it would be printed."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]  # a condition may ask for what is not there
        return False


class Absent(_Nothing):
    """Nobody has said it yet."""

    __slots__ = ()


class Withheld(_Nothing):
    """It is not for this audience."""

    __slots__ = ()


def absent(name: str) -> Absent:
    return Absent(name=name)


def withheld(name: str) -> Withheld:
    return Withheld(name=name)


@dataclass(frozen=True, slots=True)
class Filled:
    """A template with everything in its place, before it takes a form."""

    raw_subject: str
    raw_body: str

    @property
    def subject(self) -> str:
        """One line of plain text."""
        return " ".join(markup.plain(self.raw_subject).split())

    def text(self, form: Form) -> str:
        return markup.of(form, self.raw_body)


def _put(value: Any) -> str:
    """What stands for a value in the text; never an empty space."""
    if isinstance(value, jinja2.Undefined):
        _refuse(value)
    if isinstance(value, tuple | list):
        for one in value:
            if isinstance(one, jinja2.Undefined):
                _refuse(one)
        value = ", ".join(map(str, value))
    if value is None:
        raise FillingError("the template would leave an empty space")
    if not isinstance(value, str | int | float):
        raise SecurityError(f"a {type(value).__name__} is nothing to print")
    text = str(value)
    if not text.strip():
        raise FillingError("the template would leave an empty space")
    return markup.as_data(text)


def _refuse(value: jinja2.Undefined) -> NoReturn:
    name = value._undefined_name or ""
    if isinstance(value, Withheld):
        raise FillingError(f"the template tells “{name}”, which this audience may not see", name=name, withheld=True)
    raise FillingError(f"“{name}” is missing", name=name)


_FILTERS = (
    "abs", "capitalize", "count", "d", "default", "e", "escape", "first", "float", "groupby", "int", "items", "last",
    "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "round", "safe", "select",
    "selectattr", "sort", "striptags", "string", "sum", "title", "trim", "truncate", "unique", "upper", "wordcount",
)  # fmt: skip
"""Those of Jinja2 that make no text longer than it was by more than a little, and the same one each time."""
_METHODS = frozenset(
    "capitalize casefold count endswith find isdigit items keys lower lstrip removeprefix removesuffix rstrip split "
    "splitlines startswith strip title upper values".split()
)
"""What may be called on a value, for the same reason."""
_MOST = 200_000
"""Characters that one step may make."""
_CALLS = 10_000
_DEEPEST = 3
"""Loops within loops."""


class _Sandbox(ImmutableSandboxedEnvironment):
    """No way out of the values, and no sum, width or loop that fills the memory or never ends."""

    intercepted_binops = frozenset(("*", "**", "%"))
    calls = 0
    """In the text that is being filled in."""

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise SecurityError(f"“{operator}” is for numbers only")
        return super().call_binop(context, operator, left, right)

    def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        if self.calls > _CALLS:
            raise SecurityError("it calls too much")
        holder, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
        # `str.format` comes wrapped by Jinja2's own sandbox, which lets any width through
        if name in ("format", "format_map") or (isinstance(holder, str | tuple | list | dict) and name not in _METHODS):
            raise SecurityError(f"“{name}” cannot be called")
        return super().call(context, obj, *args, **kwargs)


def _replace(text: Any, old: Any, new: Any) -> str:
    whole, before, after = str(text), str(old), str(new)
    if len(whole) + whole.count(before) * len(after) > _MOST:
        raise SecurityError("“replace” makes the text too long")
    return whole.replace(before, after)


def _join(values: Any, between: Any = "") -> str:
    found = [str(_known(one)) for one in values]
    if sum(map(len, found)) + len(found) * len(str(between)) > _MOST:
        raise SecurityError("“join” makes the text too long")
    return str(between).join(found)


def _known(value: Any) -> Any:
    if isinstance(value, jinja2.Undefined):
        _refuse(value)
    return value


@lru_cache(maxsize=1)
def _environment() -> _Sandbox:
    environment = _Sandbox(
        undefined=jinja2.StrictUndefined, finalize=_put, autoescape=False, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.clear()
    environment.filters = {name: FILTERS[name] for name in _FILTERS} | {"replace": _replace, "join": _join}
    return environment


@lru_cache(maxsize=256)
def _compiled(source: str) -> jinja2.Template:
    return _environment().from_string(source)


def names_in(source: str) -> frozenset[str]:
    """Every name that a piece of template asks its surroundings for. Raises jinja2.TemplateSyntaxError."""
    return frozenset(meta.find_undeclared_variables(_environment().parse(source)))


@lru_cache(maxsize=256)
def check_names(template: Template) -> None:
    """Raise TemplateError for a piece that is no Jinja2, or asks for a name that there is not."""
    known = {name.name for name in template.own}
    from vagt.comms.catalogue import BY_NAME

    known |= BY_NAME.keys()
    for part, source in (("subject", template.subject), ("text", template.body)):
        try:
            used = names_in(source)
            if _depth(_environment().parse(source)) > _DEEPEST:
                raise TemplateError(f"{template.path}: {part}: more than {_DEEPEST} loops within each other")
            _compiled(source)
        except (RecursionError, MemoryError, OverflowError, SyntaxError) as error:
            raise TemplateError(f"{template.path}: {part}: {type(error).__name__}: {error}") from error
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(f"{template.path}: {part}, line {error.lineno}: {error.message}") from error
        for name in sorted(used - known):
            raise TemplateError(f"{template.path}: {part}: no field is called “{name}”; {did_you_mean(name, known)}")


def _depth(node: nodes.Node) -> int:
    """How many loops lie within each other."""
    return isinstance(node, nodes.For) + max(map(_depth, node.iter_child_nodes()), default=0)


def fill(template: Template, values: Mapping[str, Value]) -> Filled:
    """The template with these values in it. Raises FillingError and TemplateError."""
    check_names(template)
    return Filled(_filled(template, template.subject, values), _filled(template, template.body, values))


def _filled(template: Template, source: str, values: Mapping[str, Value]) -> str:
    _environment().calls = 0
    try:
        return _compiled(source).render(dict(values))
    except jinja2.UndefinedError as error:
        raise FillingError(str(error)) from error
    except (
        jinja2.TemplateError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError, RuntimeError,
        MemoryError,
    ) as error:  # fmt: skip
        # whatever a template of the user's gets wrong is told, never a traceback
        raise TemplateError(f"{template.path}: {type(error).__name__}: {error}") from error
