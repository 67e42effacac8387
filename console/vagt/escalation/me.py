"""Who the operator is among the people of the config, whatever they are called on this machine and on the backends."""

from __future__ import annotations

from collections.abc import Iterator

from vagt.config.response import PersonSettings
from vagt.engine.engine import Engine
from vagt.escalation.people import People


def names(engine: Engine) -> Iterator[str]:
    """Every name of the operator: the login on this machine, then those of the accounts on the backends."""
    yield engine.operator
    for backend in engine.settings.backends:
        account = engine.account(backend.name)
        known = (backend.username, *((account.login, account.name) if account is not None else ()))
        yield from (name for name in known if name)


def person(engine: Engine, people: People) -> PersonSettings | None:
    """The operator's entry among the config's people; None: there is none."""
    return next((found for name in names(engine) if (found := people.find(name)) is not None), None)


def is_me(engine: Engine, people: People, who: str) -> bool:
    """Whether a name means the operator."""
    return any(people.same(who, name) for name in names(engine))
