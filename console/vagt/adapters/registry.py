"""Which adapters exist: entry points, each imported only when something of it is used."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from vagt.adapters.protocol import ENTRY_POINT_GROUP, Connection, Manifest, Session

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


@dataclass(frozen=True, slots=True)
class AdapterInfo:
    """An installed adapter, known without importing it."""

    name: str
    distribution: str
    version: str


class UnknownAdapter(LookupError):
    """No installed package brings an adapter of that name."""


class BrokenAdapter(RuntimeError):
    """An installed adapter cannot be imported or is not one; the message says why."""


@cache
def _entry_points() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # 20 ms, and the first frame does not need it

    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}


def installed() -> tuple[AdapterInfo, ...]:
    """Every installed adapter by name; nothing of them is imported."""
    found = []
    for name, point in sorted(_entry_points().items()):
        dist = point.dist
        found.append(AdapterInfo(name, dist.name if dist else "?", dist.version if dist else "?"))
    return tuple(found)


def manifest(name: str) -> Manifest:
    """The manifest of the adapter called `name`. Raises UnknownAdapter or BrokenAdapter."""
    point = _entry_points().get(name)
    if point is None:
        known = ", ".join(sorted(_entry_points())) or "none"
        raise UnknownAdapter(f"no adapter is called “{name}”; installed are: {known}")
    try:
        loaded = point.load()
    except Exception as error:  # a stranger's package may raise anything on import
        raise BrokenAdapter(f"the adapter “{name}” cannot be imported: {error}") from error
    if not isinstance(loaded, Manifest):
        raise BrokenAdapter(f"the adapter “{name}” does not name a Manifest but {type(loaded).__name__}")
    return loaded


async def connect(connection: Connection) -> Session:
    """A session for a backend of the config; the adapter's code is imported here and no earlier."""
    spec = manifest(connection.settings.adapter).session
    module_name, _, attribute = spec.partition(":")
    try:
        factory = getattr(import_module(module_name), attribute)
    except Exception as error:  # as above
        raise BrokenAdapter(f"the adapter “{connection.settings.adapter}” cannot be imported: {error}") from error
    return await cast("Callable[[Connection], Awaitable[Session]]", factory)(connection)
