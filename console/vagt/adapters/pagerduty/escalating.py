"""Bringing in the next who must know: a level of the policy, a person, another policy ("Update an incident").

A level is sent alone: with the policy beside it PagerDuty begins that policy anew and drops the
level. Which level an incident stands on it does not tell: it is found by who has it and who is on
call at each level, and where one person stands on several, by the log. A person or another policy
is asked to help by a responder request, which leaves the incident with whoever has it; where the
account has no such requests, the person becomes one more assignee, and a policy gets the incident.
"""

from __future__ import annotations

from dataclasses import dataclass

from vagt.adapters.lenient import Fields, Row, text_of
from vagt.adapters.pagerduty import people
from vagt.adapters.pagerduty.context import Context
from vagt.adapters.pagerduty.desk import Desk, assignees, must_be_open, policy_of
from vagt.adapters.pagerduty.errors import MissingAbility, Refusal, as_error
from vagt.adapters.pagerduty.wire import clean, held, id_of, name_of, reference, rows
from vagt.adapters.protocol import AdapterError, InvalidError, ThrottledError, TransitionError, UnavailableError
from vagt.domain.commands import Escalate
from vagt.domain.marker import without

_UP = "escalate"
_ANEW = ("trigger", "repeat_escalation_path", "assign", "unacknowledge", "reopen")
_BACK_OFF = ("level:", "level ")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an incident stands on its policy."""

    level: int
    """0: on none of its levels."""
    levels: int
    """How many there are; 0: not known."""
    on_call: dict[int, list[str]]
    """Level → names of who is on call there now."""


async def level_of(context: Context, row: Row) -> Standing:
    """The level that an incident stands on."""
    policy = policy_of(row)
    turns, _ = await context.client.every(
        "/oncalls", "oncalls", [("escalation_policy_ids[]", policy), ("time_zone", "UTC")], pages=5
    )
    on_call: dict[int, list[str]] = {}
    where: dict[str, set[int]] = {}
    for turn in turns:
        level = Fields(turn, "turn").number("escalation_level")
        user = held(turn, "user")
        if level is None or not id_of(user) or id_of(held(turn, "escalation_policy")) != policy:
            continue
        on_call.setdefault(level, [])
        if name_of(user) not in on_call[level]:
            on_call[level].append(name_of(user))
        where.setdefault(id_of(user), set()).add(level)
    levels = await _levels(context, policy) or max(on_call, default=0)
    found = [where[id] for id in assignees(row) if id in where]
    common = set.intersection(*found) if found else set()
    candidates = common or set().union(*found)
    if len(candidates) == 1:
        return Standing(candidates.pop(), levels, on_call)
    by_policy = text_of(row.get("assigned_via")) != "direct_assignment"
    if not candidates and not by_policy:
        return Standing(0, levels, on_call)
    climbed = await _climbed(context, id_of(row))
    if candidates:
        return Standing(min(candidates, key=lambda level: (abs(level - climbed), level)), levels, on_call)
    return Standing(min(climbed, levels) if levels else climbed, levels, on_call)


async def _levels(context: Context, policy: str) -> int:
    try:
        return len(
            rows(
                (await context.client.get(f"/escalation_policies/{policy}", "escalation_policy")).get(
                    "escalation_rules"
                )
            )
        )
    except (ThrottledError, UnavailableError):
        raise
    except AdapterError:
        return 0


async def _climbed(context: Context, id: str) -> int:
    """How often it went up since it was last given to its policy, and one."""
    entries = await context.client.log(id, [("is_overview", "true")], pages=3)
    ordered = sorted(entries, key=lambda entry: text_of(entry.get("created_at")), reverse=True)
    level = 1
    for entry in ordered:
        kind = text_of(entry.get("type")).removesuffix("_log_entry")
        if kind == _UP:
            level += 1
        elif kind in _ANEW:
            break
    return level


async def escalate(desk: Desk, row: Row, wanted: Escalate) -> Row:
    """Do it, and leave the reason in a note. Raises TransitionError at the top of the policy."""
    must_be_open(row)
    reason = clean(wanted.reason).strip()
    level, name = _asked(wanted)
    after: Row | None
    if level is None and name:
        after, told = await _to_somebody(desk, row, name, reason)
    else:
        after, told = await _to_level(desk, row, level)
    desk.notes.append(told)
    if reason:
        await _note(desk, f"Escalated ({told}): {reason}")
    return await desk.finish(after)


def _asked(wanted: Escalate) -> tuple[int | None, str]:
    """A level, or a name; a level may also be written as the target."""
    name = (wanted.to or "").strip()
    low = name.lower()
    for head in _BACK_OFF:
        if low.startswith(head) and low.removeprefix(head).strip().isdigit():
            return int(low.removeprefix(head)), ""
    return wanted.level, name


async def _to_level(desk: Desk, row: Row, level: int | None) -> tuple[Row, str]:
    standing = await level_of(desk.context, row)
    policy = name_of(held(row, "escalation_policy"))
    wanted = standing.level + 1 if level is None else level
    if wanted < 1 or (standing.levels and wanted > standing.levels):
        if level is None:
            words = f"it stands on the last level of {policy}, {standing.level} of {standing.levels}: name somebody"
            raise TransitionError(words)
        words = f"{policy} has the levels 1 to {standing.levels}"
        raise InvalidError(words, (("level", "does not exist"),))
    people_there = standing.on_call.get(wanted, [])
    if not people_there:
        desk.notes.append(f"nobody is on call at level {wanted} of {policy}")
    before = set(assignees(row))
    after = await desk.put(
        {"escalation_level": wanted},
        # who is there may be the same as before; that it climbs its policy again is what can be seen
        lambda now: text_of(now.get("assigned_via")) != "direct_assignment" or set(assignees(now)) != before,
        f"level {wanted}",
    )
    there = ", ".join(people_there)
    return after, f"level {wanted} of {policy}" + (f", {there}" if there else "")


async def _to_somebody(desk: Desk, row: Row, name: str, reason: str) -> tuple[Row | None, str]:
    """A person or a policy, asked to help; the incident afterwards, where the answer brings it."""
    kind, _, rest = name.partition(":")
    named = rest.strip() if kind.lower() in ("user", "policy", "team", "responder") and rest.strip() else name
    person = None
    if kind.lower() not in ("policy", "team"):
        person = await desk.context.find_person(named)
    policy = None if person is not None or kind.lower() == "user" else await people.policy_named(desk.context, named)
    if person is None and policy is None:
        words = f"PagerDuty knows neither a person nor an escalation policy called “{named}”"
        raise InvalidError(words, (("to", "is not known"),))
    target = reference("user", person.id) if person else reference("escalation_policy", id_of(policy or {}))
    shown = person.name if person else name_of(policy or {})
    try:
        # what consoles write for each other is none of the pager's business
        message = without(reason) or f"Help is needed on incident {desk.command.ref}"
        await request_responder(desk, target, message)
    except MissingAbility:
        return await _without_requests(desk, row, target, shown)
    return None, f"{shown} was asked to help"


async def request_responder(desk: Desk, target: dict[str, str], message: str) -> None:
    """Ask somebody to help. The examples of the vendor nest a target, its schema does not: both are tried."""
    me = await desk.context.me()
    for shape in ({"responder_request_target": target}, target):
        body = {"requester_id": me.id, "message": message, "responder_request_targets": [shape]}
        try:
            await desk.context.client.request_responders(desk.id, body)
        except Refusal as refusal:
            if shape is target or "target" not in refusal.words.lower():
                raise as_error(refusal) from None
        else:
            return


async def _without_requests(desk: Desk, row: Row, target: dict[str, str], shown: str) -> tuple[Row, str]:
    """The account has no responder requests: one more assignee, or a hand-over."""
    if target["type"] == "user_reference":
        wanted = list(dict.fromkeys([*assignees(row), target["id"]]))
        values: dict[str, object] = {"assignments": [{"assignee": reference("user", id)} for id in wanted]}
        after = await desk.put(values, lambda now: target["id"] in assignees(now), f"giving it to {shown}")
        return after, f"{shown} was assigned as well"
    if target["id"] == policy_of(row):
        # giving it to the policy that it has would begin that anew
        return await _to_level(desk, row, None)
    after = await desk.put(
        {"escalation_policy": target}, lambda now: policy_of(now) == target["id"], f"giving it to {shown}"
    )
    return after, f"handed over to {shown}"


async def _note(desk: Desk, text: str) -> None:
    """The reason. Whoever had to know knows by now, so that a note that fails does not undo it."""
    try:
        note = await desk.context.client.note(desk.id, text)
    except AdapterError as error:
        desk.notes.append(f"but the reason was not noted: {error.words}")
    else:
        desk.left.append(id_of(note))
