"""Each backend's condition in words, as long as there is room for; old data always says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from vagt.engine.health import Condition, Health
from vagt.ui.present.words import long_span

_TELLING = 18
"""Letters of a problem that are worth their room."""


class Mood(StrEnum):
    """How bad it is."""

    GOOD = "good"
    BUSY = "busy"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Said:
    """What the frame says of one backend."""

    text: str
    mood: Mood


def mood(health: Health) -> Mood:
    """GOOD while its data is fresh, BUSY while it loads or was told to wait, BAD when a person should not trust it."""
    match health.condition:
        case Condition.FRESH:
            # not old yet, but the last try failed
            return Mood.GOOD if health.next_try is None else Mood.BUSY
        case Condition.LOADING:
            return Mood.BUSY if not health.problem else Mood.BAD
        case Condition.NEVER:
            return Mood.BAD if health.problem else Mood.BUSY
        case Condition.THROTTLED:
            return Mood.BUSY
        case Condition.STALE | Condition.SIGNED_OUT:
            return Mood.BAD


def said(health: Health, now: datetime, detail: int = 2) -> Said:
    """Words for one backend. `detail` 2: all; 1: without the problem; 0: as short as it can honestly be."""
    name = health.backend
    age = "" if health.last_good is None else long_span((now - health.last_good).total_seconds())
    parts: list[str]
    match health.condition:
        case Condition.FRESH if health.next_try is None:
            return Said(f"{name} {age}".strip(), Mood.GOOD)
        case Condition.FRESH:
            parts = [f"{name} {age}, no answer"]
        case Condition.LOADING:
            parts = [f"{name} {_loading(health)}"]
            if age and detail:
                parts.append(f"data of {age} ago")
        case Condition.STALE:
            parts = [f"{name} STALE {age}".strip()]
        case Condition.NEVER:
            parts = [f"{name} never reached"]
        case Condition.SIGNED_OUT:
            parts = [f"{name} SIGNED OUT"]
            if age and detail:
                parts.append(f"data of {age} ago")
        case Condition.THROTTLED:
            until = f" until {health.next_try.astimezone():%H:%M}" if health.next_try else ""
            parts = [f"{name} throttled{until}"]
            if age and detail:
                parts.append(f"data of {age} ago")
    text = ", ".join(parts)
    if detail >= 2 and health.problem:
        text += f": {health.problem}"
    if detail >= 1 and health.next_try is not None and health.condition is not Condition.THROTTLED:
        wait = (health.next_try - now).total_seconds()
        if mood(health) is not Mood.GOOD and wait > 0:
            text += f", next try {long_span(wait)}"
    return Said(text, mood(health))


def _loading(health: Health) -> str:
    if health.total is not None:
        return f"loading {health.loaded:,} of {health.total:,}"
    return f"loading {health.loaded:,}" if health.loaded else "loading"


def frame(healths: Sequence[Health], now: datetime, width: int, separator: str = " · ") -> tuple[Said, ...]:
    """What the frame says of all backends within `width` cells.

    The bad ones come first and keep their words longest; fresh ones are told together where there is no
    room for each: how many, and the age of the oldest.
    """
    order = {Mood.BAD: 0, Mood.BUSY: 1, Mood.GOOD: 2}
    ranked = sorted(healths, key=lambda health: order[mood(health)])
    for detail in (2, 1, 0):
        words = tuple(said(health, now, detail) for health in ranked)
        if _length(words, separator) <= width:
            return words
        if detail == 2 and (short := _shortened(ranked, now, width, separator)):
            return short
    bad = tuple(said(health, now, 0) for health in ranked if mood(health) is not Mood.GOOD)
    good = [health for health in ranked if mood(health) is Mood.GOOD]
    oldest = min((health.last_good for health in good if health.last_good), default=None)
    age = "" if oldest is None else f", oldest {long_span((now - oldest).total_seconds())}"
    candidates = [bad]
    if good:
        candidates = [(*bad, Said(f"{len(good)} fresh{more}", Mood.GOOD)) for more in (age, "")]
    together = _together(ranked, now)
    if len(together) < len(bad) + bool(good):
        candidates.append(together)
    if len(bad) == 1:
        candidates.append(bad)
    elif bad:
        worst = sum(mood(health) is Mood.BAD for health in ranked)
        summary = f"{worst} of {len(healths)} STALE" if worst else f"{len(bad)} of {len(healths)} busy"
        candidates.append((Said(summary, mood(ranked[0])),))
    return next((words for words in candidates if _length(words, separator) <= width), candidates[-1])


def _together(ranked: Sequence[Health], now: datetime) -> tuple[Said, ...]:
    """Only those that cannot be trusted by name; how many others do not answer, and how many are fresh."""
    moods = [mood(health) for health in ranked]
    words = [said(health, now, 0) for health in ranked if mood(health) is Mood.BAD]
    busy, good = moods.count(Mood.BUSY), moods.count(Mood.GOOD)
    loading = any(health.condition is Condition.LOADING for health in ranked if mood(health) is Mood.BUSY)
    if busy:
        words.append(Said(f"{busy} busy" if loading else f"{busy} not answering", Mood.BUSY))
    if good:
        words.append(Said(f"{good} fresh", Mood.GOOD))
    return tuple(words)


def untold(healths: Sequence[Health], words: Sequence[Said]) -> bool:
    """Whether something is wrong of which `words` do not say what."""
    text = " ".join(one.text for one in words)
    return any(health.problem and mood(health) is not Mood.GOOD and health.problem not in text for health in healths)


def _shortened(ranked: Sequence[Health], now: datetime, width: int, separator: str) -> tuple[Said, ...]:
    """All details, with the problems cut to an equal length; nothing where they would say too little."""
    least = _length([said(health, now, 1) for health in ranked], separator)
    with_problem = [health for health in ranked if health.problem and mood(health) is not Mood.GOOD]
    room = (width - least) // max(1, len(with_problem)) - len(": ")
    if not with_problem or room < _TELLING:
        return ()
    cut = [
        replace(health, problem=health.problem if len(health.problem) <= room else f"{health.problem[: room - 1]}…")
        for health in ranked
    ]
    return tuple(said(health, now, 2) for health in cut)


def _length(words: Sequence[Said], separator: str) -> int:
    return sum(len(one.text) for one in words) + len(separator) * max(0, len(words) - 1)


def alarm(healths: Sequence[Health]) -> str:
    """What the whole frame shouts while data cannot be trusted; empty while all of it can."""
    bad = [health for health in healths if mood(health) is Mood.BAD]
    if not bad:
        return ""
    if len(bad) == len(healths) > 1:
        return "STALE: no backend answers"
    names = ", ".join(health.backend for health in bad[:3]) + ("…" if len(bad) > 3 else "")
    return f"STALE: {names}"


def count_words(count: int, healths: Sequence[Health]) -> str:
    """How many a view shows. What was never read counts as unknown, not as none."""
    unknown = [h for h in healths if h.condition is Condition.NEVER or (_first(h) and h.last_good is None)]
    if not unknown:
        return f"{count}"
    if len(unknown) == len(healths) and not count:
        return "?"
    return f"{count}+?"


def _first(health: Health) -> bool:
    return health.condition in (Condition.LOADING, Condition.SIGNED_OUT, Condition.THROTTLED, Condition.STALE)
