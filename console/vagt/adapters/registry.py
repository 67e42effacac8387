"""Which adapters exist: entry points, each imported only when something of it is used."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from vagt.adapters.protocol import ENTRY_POINT_GROUP, Connection, Manifest, Session
from vagt.config.settings import BackendSettings

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

OURS = "vagt"
"""The distribution whose adapters come with the console."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AdapterInfo:
    """An installed adapter, known without importing it."""

    name: str
    distribution: str
    version: str
    problem: str = ""
    """Why it is not what one would take it for, in words; empty where all is well."""

    @property
    def is_ours(self) -> bool:
        """It comes with the console: reading its manifest runs nothing of a stranger's."""
        return self.distribution == OURS


class UnknownAdapter(LookupError):
    """No installed package brings an adapter of that name."""


class BrokenAdapter(RuntimeError):
    """An installed adapter cannot be imported or is not one; the message says why."""


@dataclass(frozen=True, slots=True)
class _Offer:
    """One package's adapter under a name that others may claim as well."""

    point: EntryPoint
    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


@cache
def _offers() -> dict[str, tuple[_Offer, ...]]:
    """Who offers an adapter under which name; the console's own comes first."""
    from importlib.metadata import distributions  # 20 ms, and the first frame does not need it

    found: dict[str, dict[str, list[_Offer]]] = {}
    for distribution in distributions():
        try:
            points = distribution.entry_points.select(group=ENTRY_POINT_GROUP)
            if not points:
                continue
            package, version = str(distribution.name or "?"), str(distribution.version or "?")
        except Exception as error:  # one package with damaged metadata must not hide all others
            _log.warning("the metadata of an installed package cannot be read: %s", type(error).__name__)
            continue
        for point in points:
            # the first of one package on the path is the one that Python imports
            packages = found.setdefault(point.name, {})
            packages.setdefault(_normal(package), [_Offer(point, package, version)])
    return {
        name: tuple(sorted((offers[0] for offers in packages.values()), key=lambda o: (o.distribution != OURS, str(o))))
        for name, packages in found.items()
    }


def _normal(package: str) -> str:
    """A distribution's name in the one spelling that tells two of them apart (PyPA, "Names and normalization")."""
    return re.sub(r"[-_.]+", "-", package).lower()


def _rivalry(name: str, offers: tuple[_Offer, ...]) -> str:
    """What is wrong where several packages claim one name; empty where only one does."""
    if len(offers) == 1:
        return ""
    first, *others = offers
    claimed = " and ".join(str(offer) for offer in others)
    if first.distribution == OURS:
        return f"{claimed} claims this name too and is not used"
    return f"{first} and {claimed} both claim the name “{name}”: neither is used until one of them is removed"


def installed() -> tuple[AdapterInfo, ...]:
    """Every installed adapter by name; nothing of them is imported."""
    return tuple(
        AdapterInfo(name, offers[0].distribution, offers[0].version, _rivalry(name, offers))
        for name, offers in sorted(_offers().items())
    )


def manifest(name: str) -> Manifest:
    """The manifest of the adapter called `name`. Raises UnknownAdapter or BrokenAdapter."""
    offers = _offers().get(name)
    if offers is None:
        known = ", ".join(sorted(_offers())) or "none"
        raise UnknownAdapter(f"no adapter is called “{name}”; installed are: {known}")
    first = offers[0]
    if len(offers) > 1 and first.distribution != OURS:
        raise BrokenAdapter(_rivalry(name, offers))
    try:
        loaded = first.point.load()
    except (Exception, SystemExit) as error:  # a stranger's package may raise anything on import
        raise BrokenAdapter(f"the adapter “{name}” ({first}) cannot be imported: {_why(error)}") from error
    if not isinstance(loaded, Manifest):
        raise BrokenAdapter(f"the adapter “{name}” ({first}) names no Manifest but {type(loaded).__name__}")
    return loaded


def check(settings: BackendSettings) -> None:
    """Let the adapter look at the backend's options. Raises InvalidError where they do not fit, and as `manifest`."""
    name = settings.adapter
    module_name, _, attribute = manifest(name).check.partition(":")
    if not module_name:
        return
    try:
        function = getattr(import_module(module_name), attribute)
    except (Exception, SystemExit) as error:  # as above
        raise BrokenAdapter(f"the adapter “{name}” cannot be imported: {_why(error)}") from error
    function(settings)


async def connect(connection: Connection) -> Session:
    """A session for a backend of the config; the adapter's code is imported here and no earlier."""
    name = connection.settings.adapter
    module_name, _, attribute = manifest(name).session.partition(":")
    try:
        # In a thread: the HTTP client's import takes 0.2 s, and the screen waits for nothing.
        module = await asyncio.to_thread(import_module, module_name)
        factory = getattr(module, attribute)
    except (Exception, SystemExit) as error:  # as above
        raise BrokenAdapter(f"the adapter “{name}” cannot be imported: {_why(error)}") from error
    return await cast("Callable[[Connection], Awaitable[Session]]", factory)(connection)


def _why(error: BaseException) -> str:
    return str(error) if isinstance(error, ImportError) and str(error) else f"{type(error).__name__}: {error}"
