"""What the subjects' backends can do, as the account says, or the product where we were never signed in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from vagt.adapters.registry import BrokenAdapter, UnknownAdapter, manifest
from vagt.domain.capability import Capability

if TYPE_CHECKING:
    from vagt.engine.engine import Engine


def able(engine: Engine, backend: str, capability: Capability) -> bool:
    """Whether our account on `backend` has the capability, as far as is known."""
    account = engine.health(backend).account
    if account is not None:
        return capability in account.capabilities
    try:
        return capability in manifest(engine.settings.backend(backend).adapter).capabilities
    except (UnknownAdapter, BrokenAdapter):
        return False


def one_owner(engine: Engine, backends: Iterable[str]) -> str:
    """The product among `backends` that gives an incident to a team or to a person only; empty where none does."""
    for backend in backends:
        try:
            found = manifest(engine.settings.backend(backend).adapter)
        except (UnknownAdapter, BrokenAdapter):
            continue
        if found.one_owner:
            return found.title
    return ""


def notifies(engine: Engine, backend: str) -> bool:
    """Whether a public comment on `backend` is mailed to people at once; yes where that cannot be known."""
    try:
        return manifest(engine.settings.backend(backend).adapter).comment_notifies
    except (UnknownAdapter, BrokenAdapter):
        return True
