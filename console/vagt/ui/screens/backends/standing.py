"""How each backend stands, as blocks of a page: the worst first, each in whole sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from vagt.engine.health import Condition, Health
from vagt.ui.present.health import Mood, mood
from vagt.ui.present.times import local
from vagt.ui.present.words import counted, long_span
from vagt.ui.screens.incident.reader import Block, Line
from vagt_widgets.safe_text import wrap

_ORDER = {Mood.BAD: 0, Mood.BUSY: 1, Mood.GOOD: 2}
_TONES = {Mood.BAD: "bad", Mood.BUSY: "warn", Mood.GOOD: "plain"}


def page(
    healths: Sequence[Health], pending: Mapping[str, int], now: datetime, *, key: str, zone: tzinfo | None = None
) -> tuple[Block, ...]:
    """The whole page. `pending`: actions that a backend has not confirmed; `key`: which one asks again now."""
    if not healths:
        return (Block("none", lambda width: [(("dim", text),) for text in wrap("No backend is configured.", width)]),)
    ranked = sorted(healths, key=lambda health: _ORDER[mood(health)])
    return tuple(_block(one, pending.get(one.backend, 0), now, key, zone) for one in ranked)


def _block(health: Health, pending: int, now: datetime, key: str, zone: tzinfo | None) -> Block:
    def lines(width: int) -> Sequence[Line]:
        made: list[Line] = [(("heading", health.backend), ("dim", f"  {product(health)}".rstrip()))]
        tone = _TONES[mood(health)]
        for style, sentence in (
            (tone, standing(health, now)),
            ("plain", health.problem),
            (tone if health.condition is Condition.SIGNED_OUT else "dim", ahead(health, now, key, zone)),
            ("dim", _waiting(pending)),
        ):
            made += [((style, f"  {text}"),) for text in wrap(sentence, max(10, width - 2))] if sentence else []
        return [*made, ()]

    return Block(health.backend, lines)


def _waiting(pending: int) -> str:
    """How many actions of the operator's the backend has still to get."""
    if not pending:
        return ""
    return f"{counted(pending, 'action')} of yours {'waits' if pending == 1 else 'wait'} for it."


def product(health: Health) -> str:
    """What it is, and who we are there."""
    if health.account is None:
        return ""
    return f"{health.account.product or 'signed in'}, as {health.account.name or health.account.login}"


def standing(health: Health, now: datetime) -> str:
    """How far its data can be trusted."""
    age = "" if health.last_good is None else f"{long_span((now - health.last_good).total_seconds())} ago"
    match health.condition:
        case Condition.FRESH if health.next_try is None:
            return f"Fresh: read {age}."
        case Condition.FRESH:
            return f"It does not answer just now; read {age}."
        case Condition.LOADING:
            of = "" if health.total is None else f" of {health.total:,}"
            return f"Loading: {health.loaded:,}{of} so far."
        case Condition.NEVER:
            return "Nothing was ever read from it." if health.problem else "It is asked for the first time."
        case Condition.STALE:
            return f"STALE: what is shown was read {age}."
        case Condition.SIGNED_OUT:
            return f"SIGNED OUT: what is shown was read {age}." if age else "SIGNED OUT: nothing was read."
        case Condition.THROTTLED:
            return f"It wants to be left alone for a while; what is shown was read {age or 'never'}."


def ahead(health: Health, now: datetime, key: str, zone: tzinfo | None = None) -> str:
    """When it is asked again; empty where nothing is wrong."""
    if health.condition is Condition.SIGNED_OUT:
        return f"It is not asked again by itself, which could lock the account: {key} tries once more."
    if health.next_try is None:
        return ""
    wait = (health.next_try - now).total_seconds()
    if wait <= 0:
        return "It is being asked now."
    insists = ", and not before that" if health.condition is Condition.THROTTLED else f"; {key} asks now"
    return f"Next try in {long_span(wait)} ({local(health.next_try, now, zone)}){insists}."
