"""What this Alertmanager is, who we are in it, and what a person who checks the connection should know."""

from __future__ import annotations

from collections import Counter

from vagt.adapters.alertmanager.client import Status
from vagt.adapters.alertmanager.context import Context
from vagt.adapters.alertmanager.manifest import MANIFEST
from vagt.adapters.alertmanager.members import shown
from vagt.adapters.alertmanager.silencing import NEVER
from vagt.adapters.alertmanager.wire import Group
from vagt.adapters.protocol import Account, AdapterError
from vagt.domain.capability import Capabilities

_FAR = 60.0
"""Seconds that two clocks may be apart before it is worth telling."""


async def probe(context: Context) -> Account:
    """Sign in where there is something to sign in to; more is looked at where a person checks."""
    status = await context.ask_status()
    notes = list(_notes(context, status))
    if context.connection.thorough:
        notes += await _members(context)
        notes += _labels(context, await context.groups())
    return Account(
        login=context.author,
        name=context.author,
        capabilities=Capabilities(MANIFEST.capabilities, tuple(NEVER.items())),
        product=f"Alertmanager {status.version}".rstrip(),
        clock_skew=context.skew,
        notes=tuple(notes),
    )


def _notes(context: Context, status: Status) -> list[str]:
    notes = []
    if context.connection.settings.auth in ("", "none"):
        notes.append("Nobody signs in here: whoever reaches this address can silence everything.")
    if status.cluster == "settling":
        notes.append("The cluster is settling: silences of its other peers may still be missing.")
    if status.peers > 1:
        notes.append(f"It is one of {status.peers} peers: silences go to all of them, alerts are read from this one.")
    skew = context.skew
    if skew is not None and abs(skew) > _FAR:
        ahead = "ahead of" if skew > 0 else "behind"
        notes.append(f"Alertmanager's clock is {abs(skew):.0f} s {ahead} this machine's: snoozes end by its clock.")
    return notes


async def _members(context: Context) -> list[str]:
    """Whether each address of the config answers, and whether they are one cluster."""
    if len(context.client.members.names) == 1:
        return []
    notes = []
    for address, told in (await context.client.each_status()).items():
        if isinstance(told, AdapterError):
            notes.append(f"{shown(address)} does not answer: {told.words}")
        elif told.cluster == "disabled":
            notes.append(f"{shown(address)} is in no cluster: a silence that is made elsewhere does not hold there.")
    return notes or [f"All {len(context.client.members.names)} members answer."]


def _labels(context: Context, groups: tuple[Group, ...]) -> list[str]:
    """What the alerts that fire now show about the options."""
    options = context.options
    alerts = {alert.fingerprint: alert for group in groups for alert in group.alerts}.values()
    notes = [f"{len(alerts)} alerts fire in {len(groups)} groups."]
    label = options.severity_label
    words = Counter(alert.labels.get(label, "") for alert in alerts)
    unknown = sorted(word for word in words if word and word.strip().lower() not in options.priorities)
    if unknown:
        notes.append(
            f"The option `priorities` does not explain {label} “{'”, “'.join(unknown[:5])}”: "
            f"such alerts are priority {options.default_priority}."
        )
    if words[""]:
        notes.append(f"{words['']} alerts have no label {label}: they are priority {options.default_priority}.")
    if not options.by_alert and any(not group.labels for group in groups):
        notes.append("A route groups by nothing (no `group_by`): each alert in it is an incident of its own.")
    return notes
