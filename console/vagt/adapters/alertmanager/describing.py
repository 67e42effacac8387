"""Title and description of an incident: what its alerts say of themselves, and how many of them fire."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from datetime import datetime

from vagt.adapters.alertmanager.cases import Case
from vagt.adapters.alertmanager.options import Options
from vagt.adapters.alertmanager.wire import Alert

_COUNT = re.compile(r" \(\d+( of \d+)? (firing|silenced|inhibited|held back)\)$")
_SHOWN = 40
"""Alerts that a description tells one by one."""
_TITLE = 10_000
_VALUES = 4
"""Values that a title made of labels shows."""


def title_of(case: Case, options: Options) -> str:
    """One alert: its own words. Several: what they have in common, and how many fire."""
    alerts = case.alerts
    if len(alerts) == 1:
        return (_headline(alerts[0], options) or _from_labels(case, alerts))[:_TITLE]
    said = list(dict.fromkeys(_headline(alert, options) for alert in alerts))
    words = said[0] if len(said) == 1 and said[0] else _from_labels(case, alerts)
    return f"{words[:_TITLE]} ({count_of(alerts)})"


def without_count(title: str) -> str:
    """The title of what is over: nothing fires any more."""
    return _COUNT.sub("", title)


def count_of(alerts: Sequence[Alert]) -> str:
    """How many fire: "3 firing", "2 of 3 firing", "3 silenced"."""
    paging = sum(alert.pages for alert in alerts)
    if paging == len(alerts):
        return f"{paging} firing"
    if paging:
        return f"{paging} of {len(alerts)} firing"
    if all(alert.silenced_by for alert in alerts):
        return f"{len(alerts)} silenced"
    if all(alert.inhibited_by for alert in alerts):
        return f"{len(alerts)} inhibited"
    return f"{len(alerts)} held back"


def description_of(case: Case, options: Options) -> str:
    """What the alerts tell, where to look (runbook, dashboard), and each alert with its own labels and source."""
    alerts = case.alerts
    parts = [_shared(alerts, lambda alert: _first(alert, options.text_annotations))]
    links = _links(alerts, options)
    parts.append("\n".join(f"{name}: {address}" for name, address in links))
    own = _own_labels(alerts)
    shown = sorted(alerts, key=lambda alert: (not alert.pages, options.priority_of(_severity(alert, options))))
    told = {parts[0], *(address for _, address in links)}
    blocks = [_block(alert, own, options, told) for alert in shown[:_SHOWN]]
    parts.append(f"{_heading(alerts)}:\n" + "\n".join(blocks))
    if len(alerts) > _SHOWN:
        parts.append(f"… and {len(alerts) - _SHOWN} more")
    return "\n\n".join(part for part in parts if part)


def common_labels(alerts: Sequence[Alert]) -> dict[str, str]:
    """What all alerts have the same of."""
    first, *others = alerts
    return {
        name: value
        for name, value in sorted(first.labels.items())
        if all(other.labels.get(name) == value for other in others)
    }


def alert_name(alert: Alert, own: Iterable[str] = ()) -> str:
    """An alert among others of its group: by the labels that only it has, else by its name."""
    told = [f"{alert.labels[name]}" for name in own if name in alert.labels]
    return " ".join(told) or alert.name or next(iter(alert.labels.values()), alert.fingerprint)


def own_labels(alerts: Sequence[Alert]) -> tuple[str, ...]:
    """The names of labels in which the alerts differ, where somebody looks first: alertname, instance, then others."""
    return _own_labels(alerts)


def _severity(alert: Alert, options: Options) -> str:
    return alert.labels.get(options.severity_label, "")


def _headline(alert: Alert, options: Options) -> str:
    return " ".join(_first(alert, options.title_annotations).split())


def _first(alert: Alert, names: Iterable[str]) -> str:
    return next((text for name in names if (text := alert.annotations.get(name, "").strip())), "")


def _from_labels(case: Case, alerts: Sequence[Alert]) -> str:
    """The alert's name, and the labels that say which one of its kind."""
    common = common_labels(alerts)
    name = common.get("alertname") or ", ".join(dict.fromkeys(alert.name for alert in alerts if alert.name))
    which = [value for label, value in sorted(case.labels.items()) if label not in ("alertname", "severity")]
    if len(alerts) == 1:
        which = [common[label] for label in ("instance", "pod", "node", "device") if label in common] or which
    told = " ".join(dict.fromkeys(which[:_VALUES]))
    return f"{name}: {told}" if name and told else name or told or "an alert without a name"


def _own_labels(alerts: Sequence[Alert]) -> tuple[str, ...]:
    common = common_labels(alerts)
    names = {name for alert in alerts for name in alert.labels} - common.keys()
    first = [name for name in ("alertname", "instance", "pod", "node") if name in names]
    return (*first, *sorted(names - set(first)))


def _shared(alerts: Sequence[Alert], of: Callable[[Alert], str]) -> str:
    """What all of them say; empty where they say different things."""
    said = {of(alert) for alert in alerts}
    return said.pop() if len(said) == 1 else ""


def _links(alerts: Sequence[Alert], options: Options) -> list[tuple[str, str]]:
    """Addresses, each once: what the annotations name, and the source where it is one for all."""
    found: dict[str, str] = {}
    for name in options.link_annotations:
        label = name.removesuffix("_url").replace("_", " ").capitalize()
        for alert in alerts:
            address = alert.annotations.get(name, "").strip()
            if address:
                found.setdefault(address, label)
    sources = {alert.source for alert in alerts}
    if len(sources) == 1 and (source := sources.pop()):
        found.setdefault(source, "Source")
    return [(label, address) for address, label in found.items()]


def _heading(alerts: Sequence[Alert]) -> str:
    if all(alert.pages for alert in alerts):
        return "1 alert fires" if len(alerts) == 1 else f"{len(alerts)} alerts fire"
    if len(alerts) == 1:
        return "1 alert"
    count = count_of(alerts)
    return f"{len(alerts)} alerts, {count.replace(f'{len(alerts)} ', 'all ') if ' of ' not in count else count}"


def _block(alert: Alert, own: Sequence[str], options: Options, told: Container[str]) -> str:
    """One alert in a line or some: its mark, what it is, since when, what it says."""
    mark = "●" if alert.pages else "○"
    labels = ", ".join(f"{name}={alert.labels[name]}" for name in own if name in alert.labels)
    line = f"{mark} {labels or alert_name(alert)} · since {_moment(alert.starts_at)}{_why_quiet(alert)}"
    lines = [line]
    headline = _headline(alert, options)
    if headline and len(own):
        lines.append(f"  {headline}")
    text = _first(alert, options.text_annotations)
    if text and text not in told and text != headline:
        lines += [f"  {row}" for row in text.splitlines()]
    if alert.source and alert.source not in told and len(own):
        lines.append(f"  {alert.source}")
    return "\n".join(lines)


def _why_quiet(alert: Alert) -> str:
    why = [
        *(["silenced"] if alert.silenced_by else []),
        *(["inhibited by another alert"] if alert.inhibited_by else []),
        *([f"muted by {', '.join(alert.muted_by)}"] if alert.muted_by else []),
    ]
    return f" · {' and '.join(why)}" if why else ""


def _moment(moment: datetime | None) -> str:
    return "?" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
