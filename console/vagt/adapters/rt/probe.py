"""Who we are in RT and what this account may do there ("RT REST2", sections 1 and 4: rights show in `_hyperlinks`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vagt.adapters.protocol import Account, AdapterError
from vagt.adapters.rt.context import Context, Me
from vagt.adapters.rt.manifest import MANIFEST
from vagt.adapters.rt.registering import visible_queues
from vagt.adapters.rt.wire import Row, actions_of, may
from vagt.domain.capability import Capabilities, Capability

CLOSE_REASON = "RT knows nothing beyond resolved; where your lifecycles do, name it in the option close_status"
MAJOR_REASON = "RT marks no major incidents; the option major_field names the custom field that does"
LEVELS_REASON = (
    "RT keeps no impact and urgency; the options impact_field and urgency_field name the custom fields that do"
)
NEVER: Mapping[Capability, str] = {
    Capability.SNOOZE: "RT cannot snooze a ticket",
    Capability.ESCALATE: "RT has no escalation of its own: raise the priority or give it to another queue",
    Capability.ONCALL: "RT keeps no rota",
}
_NEED_MODIFY = (
    Capability.ACKNOWLEDGE,
    Capability.ASSIGN_TEAM,
    Capability.SET_PRIORITY,
    Capability.SET_IMPACT_URGENCY,
    Capability.HOLD,
    Capability.RESOLVE,
    Capability.CLOSE,
    Capability.REOPEN,
    Capability.TRANSITION,
    Capability.LINK,
    Capability.MERGE,
    Capability.MAJOR,
)
_SAMPLE = 20
_QUEUES_ASKED = 25


async def probe(context: Context) -> Account:
    """Sign in, and find out name, version, clock and rights."""
    clock = context.connection.clock
    before = clock.now()
    version, date = await context.client.version()
    if date is not None:
        middle = before + (clock.now() - before) / 2
        # The header tells whole seconds, cut off: half a second is the best guess of the rest.
        context.skew = (date - middle).total_seconds() + 0.5
    me = await context.me()
    await context.load_queues()
    missing = dict(_configured(context))
    sample: Sequence[Row] = ()
    if context.options.probe_rights:
        sample = await _sample(context)
        missing |= _rights(sample)
        if Capability.CREATE not in missing and not await _may_create(context):
            missing[Capability.CREATE] = (
                "this account may not create tickets in any queue it sees (RT's right CreateTicket)"
            )
    able = frozenset(MANIFEST.capabilities - missing.keys())
    return Account(
        login=me.login,
        name=me.name,
        teams=context.options.queues or tuple(queue.name for queue in await visible_queues(context)),
        capabilities=Capabilities(able, tuple({**missing, **NEVER}.items())),
        product=f"Request Tracker {version}",
        clock_skew=context.skew,
        notes=_notes(context, me, version),
    )


def _configured(context: Context) -> list[tuple[Capability, str]]:
    options = context.options
    return [
        *([] if options.close_status else [(Capability.CLOSE, CLOSE_REASON)]),
        *([] if options.major_field else [(Capability.MAJOR, MAJOR_REASON)]),
        *([] if options.has_levels else [(Capability.SET_IMPACT_URGENCY, LEVELS_REASON)]),
    ]


async def _sample(context: Context) -> Sequence[Row]:
    query = f"{context.options.scope} AND {context.options.open_clause}"
    page = await context.client.tickets(
        query, fields=(("fields", "_hyperlinks"),), order=(("id", "DESC"),), rows=_SAMPLE
    )
    return page.rows


def _rights(sample: Sequence[Row]) -> dict[Capability, str]:
    """What none of the tickets in sight lets us do; nothing where there is no ticket to tell by."""
    if not sample:
        return {}
    missing: dict[Capability, str] = {}
    if not any(may(row, "comment") for row in sample):
        words = "this account may comment on no open ticket in sight (RT's right CommentOnTicket)"
        missing |= {Capability.NOTE: words, Capability.ATTACH: f"a file hangs on a comment, and {words}"}
    if not any(may(row, "correspond") for row in sample):
        missing[Capability.COMMENT] = "this account may reply on no open ticket in sight (RT's right ReplyToTicket)"
    if not any(actions_of(row) for row in sample):
        words = "this account may change no open ticket in sight (RT's right ModifyTicket)"
        missing |= dict.fromkeys(_NEED_MODIFY, words)
        if Capability.NOTE in missing:
            words = "this account may only read the open tickets in sight (RT's rights OwnTicket and TakeTicket)"
            missing |= {Capability.TAKE: words, Capability.ASSIGN_PERSON: words}
    return missing


async def _may_create(context: Context) -> bool:
    """Whether any queue, the most likely first, offers to create; RT says so only per queue."""
    wanted = [context.options.default_queue, *context.options.queues]
    known = [queue.id for name in wanted if name and (queue := await context.queue_named(name))]
    others = [queue.id for queue in await visible_queues(context)]
    for id in list(dict.fromkeys([*known, *others]))[:_QUEUES_ASKED]:
        try:
            row = await context.client.queue(id)
        except AdapterError:
            continue
        if may(row, "create"):
            return True
    return False


def _notes(context: Context, me: Me, version: str) -> tuple[str, ...]:
    notes = []
    if me.language and not me.language.lower().startswith("en"):
        notes.append(
            f"RT speaks {me.language} with this account; some releases then lose answers to messages. "
            "Give the account the language English (Settings, Preferences)."
        )
    elif not me.language:
        notes.append("The account has no language of its own in RT; English (en) is the safe one.")
    if not context.queues:
        notes.append("This account sees no queue at all (RT's right SeeQueue).")
    unknown = [name for name in context.options.queues if not _known(context, name)]
    if unknown:
        notes.append(f"RT shows this account no queue called {', '.join(unknown)}.")
    if version.startswith("4."):
        notes.append(f"RT {version} is older than what this adapter is made for (5.0).")
    if context.skew is not None and abs(context.skew) > 60:
        notes.append(
            f"RT's clock is {abs(context.skew):.0f} s {'ahead of' if context.skew > 0 else 'behind'} this machine's."
        )
    return tuple(notes)


def _known(context: Context, name: str) -> bool:
    return any(name.lower() in (queue.name.lower(), queue.id) for queue in context.queues.values())
