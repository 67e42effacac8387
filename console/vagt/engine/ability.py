"""Whether an action can be done here and now, and in words why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from vagt.adapters.protocol import Account, Manifest
from vagt.domain.actions import Action, Scope
from vagt.domain.capability import Capabilities, Capability
from vagt.domain.commands import Verb
from vagt.domain.incident import Incident, Key, State
from vagt.engine.backend import Backend
from vagt.engine.gate import Gate

_ON_OPEN_ONLY = frozenset({Verb.ACKNOWLEDGE, Verb.HOLD, Verb.SNOOZE, Verb.RESOLVE, Verb.ESCALATE})


def capabilities(account: Account | None, manifest: Manifest | None) -> Capabilities | None:
    """What this account can do; before the first sign-in what the product can; None: not known at all."""
    if account is not None:
        return account.capabilities
    return None if manifest is None else Capabilities(manifest.capabilities)


class Ability:
    """Answers from what is known already; never asks a backend."""

    def __init__(self, backends: dict[str, Backend], gate: Gate, get: Callable[[Key], Incident | None]) -> None:
        self._backends = backends
        self._gate = gate
        self._get = get

    def unable(self, action: Action, key: Key | None) -> str:
        """Why not, in words; "" where it can be done."""
        if action.verb is None and not action.capabilities:
            return "" if key is not None or action.scope is not Scope.INCIDENT else "no incident is chosen"
        if key is None:
            if action.scope is Scope.INCIDENT:
                return "no incident is chosen"
            return self._anywhere(action)
        backend = self._backends.get(key.backend)
        if backend is None:
            return f"the config has no backend called {key.backend}"
        return self._on(backend, action) or self._in_state(action, key)

    def knows(self, backend: str, capability: Capability) -> bool:
        """Whether the account has it, as far as is known."""
        known = self._capabilities(self._backends[backend])
        return known is not None and capability in known

    def _anywhere(self, action: Action) -> str:
        """Any backend suffices; the reason of the last one where none does."""
        reason = "no backend is configured"
        for backend in self._backends.values():
            reason = self._on(backend, action)
            if not reason:
                return ""
        return reason

    def _on(self, backend: Backend, action: Action) -> str:
        writes = action.verb is not None and not self._is_local(backend, action)
        closed = self._gate.closed(backend.name) if writes else ""
        if closed or not action.capabilities:
            return closed
        known = self._capabilities(backend)
        if known is None:
            return f"the adapter “{backend.settings.adapter}” is not installed"
        return _first_reason(known, action.capabilities)

    def _is_local(self, backend: Backend, action: Action) -> bool:
        return action.verb is Verb.SNOOZE and not self.knows(backend.name, Capability.SNOOZE)

    def _in_state(self, action: Action, key: Key) -> str:
        incident = self._get(key)
        if incident is None:
            return ""
        state = incident.state
        if action.verb in _ON_OPEN_ONLY and not state.is_open:
            return f"it is {state.value}; reopen it first"
        if action.verb is Verb.CLOSE and state is State.CLOSED:
            return "it is closed already"
        if state is State.CLOSED and (product := self._closed_to(key.backend, action.verb)):
            return f"it is closed: {product} allows no such change any more"
        if action.verb is Verb.REOPEN and state.is_open:
            return f"it is open ({state.value})"
        return ""

    def _closed_to(self, backend: str, verb: Verb | None) -> str:
        """The product that does not allow the verb on what is closed; empty where it does."""
        manifest = self._backends[backend].manifest()
        return manifest.title if manifest is not None and verb in manifest.closed_to else ""

    def _capabilities(self, backend: Backend) -> Capabilities | None:
        return capabilities(backend.account, None if backend.account is not None else backend.manifest())


def _first_reason(known: Capabilities, wanted: Iterable[Capability]) -> str:
    reasons = [known.reason(capability) for capability in wanted]
    return "" if "" in reasons else reasons[0]
