"""The keys of every action once the config's `[keys]` are laid over the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vagt.domain.actions import ACTIONS, BY_NAME, Scope

LATER_ACTIONS = ("triage", "report")
"""Actions of later versions: a config that already gives them keys stays usable."""

_TOGETHER = (
    (Scope.APP, Scope.QUEUE, Scope.INCIDENT),
    *((alone,) for alone in (Scope.OUTBOX, Scope.APPROVALS, Scope.TRIAGE, Scope.HANDOVER)),
)
"""Scopes whose keys are alive at the same time."""

Overrides = Sequence[tuple[str, tuple[str, ...]]]


def effective(overrides: Overrides) -> Mapping[str, tuple[str, ...]]:
    """Each action's keys by its name; no keys where the config took them away."""
    keys = {action.name: action.keys for action in ACTIONS}
    keys.update(dict(overrides))
    return keys


def clash(overrides: Overrides) -> tuple[str, str, str] | None:
    """The first key that would mean two things at once, as (key, action, other action).

    The action that the config gave the key stands first.
    """
    keys = effective(overrides)
    changed = dict(overrides)
    for scopes in _TOGETHER:
        owner: dict[str, str] = {}
        for action in sorted(ACTIONS, key=lambda action: action.name in changed):
            if action.scope not in scopes:
                continue
            for key in keys[action.name]:
                if key in owner:
                    return key, action.name, owner[key]
                owner[key] = action.name
    return None


def known_actions() -> tuple[str, ...]:
    """Every name that `[keys]` may hold."""
    return (*BY_NAME, *LATER_ACTIONS)
