"""Every backend's health as it is known here, and when it is too old to be called fresh."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from vagt.engine.health import Condition, Health

MISSED = 3
"""So many polls without an answer make data stale."""
_TIMED = frozenset({Condition.FRESH, Condition.STALE})


class HealthBook:
    """Health by backend; `on_change` is told of each that became another."""

    def __init__(self, refreshes: Iterable[tuple[str, float]]) -> None:
        self._refresh = dict(refreshes)
        self._health = {name: Health(backend=name, condition=Condition.NEVER) for name in self._refresh}
        self.on_change: Callable[[Health], None] = lambda _: None

    def get(self, backend: str) -> Health:
        """Raises KeyError for a backend that the config does not have."""
        return self._health[backend]

    def all(self) -> tuple[Health, ...]:
        return tuple(self._health.values())

    def put(self, health: Health) -> bool:
        """Replace one; whether it is another than before."""
        if health.backend not in self._health or self._health[health.backend] == health:
            return False
        self._health[health.backend] = health
        self.on_change(health)
        return True

    def resume(self, known: Health) -> None:
        """What an earlier run knew: its data is shown at once, and called stale until the backend answers."""
        condition = Condition.NEVER if known.last_good is None else Condition.STALE
        self.put(replace(known, condition=condition, problem="", next_try=None))

    def adopt(self, told: Health, now: datetime) -> None:
        """What the process that polls tells."""
        self.put(replace(told, condition=self.by_age(told, now)) if told.condition in _TIMED else told)

    def by_age(self, health: Health, now: datetime) -> Condition:
        """Never, fresh or stale, by when it last answered."""
        if health.last_good is None:
            return Condition.LOADING if health.loaded else Condition.NEVER
        limit = timedelta(seconds=MISSED * self._refresh[health.backend])
        # An answer from the future means that the clock was set back: nobody knows how old it is.
        return Condition.FRESH if abs(now - health.last_good) <= limit else Condition.STALE

    def age(self, now: datetime) -> None:
        """Call what has become too old stale."""
        for health in self.all():
            if health.condition is Condition.FRESH and self.by_age(health, now) is Condition.STALE:
                self.put(replace(health, condition=Condition.STALE))
