"""Escalating through Operations: one alert for each incident, and whom it calls ("Alerts", "Escalations").

An escalation goes to a policy, a rota, a team or a person by name, or to a step of a policy. There
is no “next level” in Operations: asked again without a name, whoever of the policy was not called
yet is. The reason becomes a note on the incident, written last: where that is there, all of it was
done.
"""

from __future__ import annotations

from vagt.adapters.jsm import people
from vagt.adapters.jsm.context import Context
from vagt.adapters.jsm.desk import Desk
from vagt.adapters.jsm.operations import Target
from vagt.adapters.jsm.wire import Row, id_of
from vagt.adapters.protocol import AdapterError, ForbiddenError, InvalidError, UnavailableError
from vagt.domain.commands import Escalate
from vagt.domain.incident import Incident

_PRIORITIES = {1: "P1", 2: "P2", 3: "P3", 4: "P4", 5: "P5"}


async def targets_of(context: Context, team: str) -> tuple[list[Target], Target | None]:
    """Whom one can escalate to, and who is meant when nobody is named: as the config says, else the team's own policy.

    Raises InvalidError for a wrong option.
    """
    targets = await context.operations.targets()
    wanted = context.options.escalation
    if wanted:
        found = _named(targets, wanted)
        if found is None:
            words = f"the option “escalation” names “{wanted}”, which this account does not see in Operations"
            raise InvalidError(words, (("escalation", "is not known"),))
        return targets, found
    own = next((target for target in targets if team and target.team.lower() == team.lower()), None)
    return targets, own or (targets[0] if targets else None)


async def escalate(desk: Desk, row: Row, incident: Incident, change: Escalate, *, tried: bool) -> None:
    """Call whom the escalation names, and write the reason down. `tried`: an earlier try may have called already."""
    context = desk.context
    if context.operations.is_unknown:
        await context.operations.find_out()
    if context.operations.is_unknown:
        raise UnavailableError(context.operations.why)
    if not context.operations.can_escalate:
        raise ForbiddenError(context.operations.why or "this account has no JSM Operations")
    if not change.reason.strip():
        raise InvalidError("an escalation needs a reason", (("reason", "is empty"),))
    target = await _target(context, change, incident.team or "")
    alert = await context.operations.alert(incident.number)
    if alert is None:
        message = f"{incident.number} {incident.title}"
        priority = _PRIORITIES.get(incident.priority or 3, "P3")
        await context.operations.create(incident.number, message, priority, target, change.reason)
    elif not (tried and _called(alert, target)):
        if not change.to and change.level is None:
            target = await _next(context, alert, target)
        await context.operations.escalate(id_of(alert), target)
    desk.wrote = True
    await desk.tell(row, f"Escalated to {target.name}: {change.reason.strip()}", public=False)


def _called(alert: Row, target: Target) -> bool:
    responders = alert.get("responders")
    held = responders if isinstance(responders, list) else []
    return any(isinstance(one, dict) and one.get("id") == target.id for one in held)


async def _target(context: Context, change: Escalate, team: str) -> Target:
    targets, default = await targets_of(context, team)
    target = default
    if change.to:
        target = _named(targets, change.to)
        if target is None:
            id, name = await people.person(context, change.to)
            target = Target("user", id, name)
    if target is None:
        raise ForbiddenError("Operations shows this account nobody to escalate to")
    if change.level is None or target.kind != "escalation":
        return target
    steps = await context.operations.steps(target)
    if not 1 <= change.level <= len(steps):
        words = f"“{target.name}” has {len(steps)} steps, and no step {change.level}"
        raise InvalidError(words, (("level", "is not known"),))
    return await _step(context, targets, steps[change.level - 1])


async def _next(context: Context, alert: Row, policy: Target) -> Target:
    """Who of the policy was not called yet, where it was called already: the policy itself once all were."""
    if policy.kind != "escalation" or not _called(alert, policy):
        return policy
    for step in await context.operations.steps(policy):
        if not _called(alert, step):
            return await _step(context, await context.operations.targets(), step)
    return policy


async def _step(context: Context, targets: list[Target], step: Target) -> Target:
    """A step of a policy with its name."""
    known = _named(targets, step.id)
    if known is not None:
        return known
    names = await people.names_for(context, [step.id])
    return Target(step.kind, step.id, names.get(step.id, step.id), step.team)


def _named(targets: list[Target], wanted: str) -> Target | None:
    low = wanted.strip().lower()
    return next((target for target in targets if low in (target.name.lower(), target.id.lower())), None)


async def follow(context: Context, incident: Incident, *, over: bool) -> str:
    """Acknowledge or close the incident's alert, so that it stops calling; what is worth telling of that."""
    operations = context.operations
    try:
        if operations.alerts is None:
            await operations.find_out()
        if not operations.alerts:
            return ""
        alert = await operations.alert(incident.number)
        if alert is None:
            return ""
        if over:
            await operations.close(id_of(alert))
            return "its alert is closed"
        if alert.get("acknowledged") is True:
            return ""
        await operations.acknowledge(id_of(alert))
        return "its alert is acknowledged"
    except AdapterError as error:
        # the incident itself is done; the alert goes on calling, which people must know
        return f"its alert goes on calling: {error.words}"
