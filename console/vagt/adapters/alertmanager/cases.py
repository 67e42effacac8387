"""From groups of alerts to what is one incident: by its labels, whichever receivers hear of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vagt.adapters.alertmanager.matchers import Matcher, equals
from vagt.adapters.alertmanager.wire import Alert, Group, Labels, Silence, id_of

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Base 32 as Crockford writes it: no letter that is taken for another."""


@dataclass(frozen=True, slots=True)
class Case:
    """What Vagt shows as one incident.

    It is known by its labels alone, since a silence is as well: two receivers that hear of the same
    group are one incident.
    """

    id: str
    labels: Labels
    alerts: tuple[Alert, ...]
    """By fingerprint; at least one."""
    receivers: tuple[str, ...]

    @property
    def number(self) -> str:
        return number_of(self.id)


def number_of(id: str) -> str:
    """What people call it: eight letters and digits (40 bits of the id)."""
    value = int(id[:10], 16)
    return "".join(_DIGITS[value >> shift & 31] for shift in range(35, -1, -5))


def cases_of(groups: Iterable[Group], *, by_alert: bool = False) -> dict[str, Case]:
    """The incidents in `groups`, by id.

    A group without labels would be one incident of everything that its route gets, so each of its
    alerts stands alone; so does every alert with `by_alert`. An alert is not shown alone where it
    also is in a group that has labels.
    """
    found: dict[str, _Making] = {}
    alone: list[tuple[Alert, str]] = []
    grouped: set[str] = set()
    for group in groups:
        if by_alert or not group.labels:
            alone += [(alert, group.receiver) for alert in group.alerts]
            continue
        if group.alerts:
            grouped |= {alert.fingerprint for alert in group.alerts}
            _into(found, group.labels, group.alerts, group.receiver)
    for alert, receiver in alone:
        if alert.fingerprint not in grouped:
            _into(found, alert.labels or {"fingerprint": alert.fingerprint}, (alert,), receiver)
    return {id: making.case(id) for id, making in found.items()}


def exact_matchers(case: Case, cases: Iterable[Case]) -> tuple[Matcher, ...]:
    """What a silence must say to fit this case and no neighbour: its labels, and none that a narrower one has besides.

    An alert without the label `cluster` is grouped apart from those with one, but `alertname="X"`
    alone would silence all of them; `cluster=""` keeps to those without.
    """
    mine = case.labels.items()
    absent = {
        name
        for other in cases
        if other.id != case.id and mine <= other.labels.items()
        for name in other.labels.keys() - case.labels.keys()
    }
    held = {name for alert in case.alerts for name in alert.labels}
    return (
        *(equals(name, value) for name, value in sorted(case.labels.items())),
        *(equals(name, "") for name in sorted(absent - held)),
    )


def is_exact(silence: Silence, case_labels: Labels) -> bool:
    """Whether the silence is about exactly these labels, as ours are."""
    if any(matcher.is_regex or not matcher.is_equal for matcher in silence.matchers):
        return False
    said = [(matcher.name, matcher.value) for matcher in silence.matchers if matcher.value]
    return sorted(said) == sorted(case_labels.items())


class _Making:
    """A case under construction."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self.alerts: dict[str, Alert] = {}
        self.receivers: dict[str, None] = {}

    def case(self, id: str) -> Case:
        alerts = tuple(self.alerts[fingerprint] for fingerprint in sorted(self.alerts))
        return Case(id, self.labels, alerts, tuple(sorted(self.receivers)))


def _into(found: dict[str, _Making], labels: Labels, alerts: Sequence[Alert], receiver: str) -> None:
    id = id_of(labels)
    making = found.get(id)
    if making is None:
        making = found[id] = _Making(labels)
    making.alerts.update({alert.fingerprint: alert for alert in alerts})
    if receiver:
        making.receivers[receiver] = None
