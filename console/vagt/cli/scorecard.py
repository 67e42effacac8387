"""A drill's score card as lines for people, beside the last and the best of the same scenario."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from vagt.cli import table
from vagt.drill.card import Card, Times
from vagt.drill.record import Earlier, figures_of
from vagt.drill.run import Run

_WIDEST = 100
_NOTHING = "–"
_ADVICE = 3
"""Nobody changes more than that at once, and the card fits a small screen."""
Read = Callable[[dict[str, Any]], str]


def lines(run: Run, card: Card, before: Sequence[Earlier], *, player: str = "") -> list[str]:
    """The whole card."""
    who = f", played by “{player}”" if player else ""
    rate = f", rate {run.rate:g}" if run.rate != 1 else ""
    speed = f", speed {run.speed:g}" if run.speed != 1 else ""
    end = "to its end" if card.whole else "left early"
    arrived, actions = _counted(card.arrived, "incident"), _counted(card.actions, "action")
    shift = f"{_time(card.played)} of the shift, {end}; {arrived}, {actions}"
    told = [f"Drill “{run.scenario}”, seed {run.seed}{rate}{speed}{who}", shift, ""]
    told += _compared(card, before)
    if priorities := _by_priority(card):
        told += ["", *priorities]
    room = min(table.terminal_width(), _WIDEST)
    if advice := _advice(card)[:_ADVICE]:
        told += ["", *(line for words in advice for line in textwrap.wrap(words, room, subsequent_indent="  "))]
    if not player:
        told += ["", f"This card again: vagt drill --score {run.id}"]
    return told


def scenario_lines(scenarios: Sequence[dict[str, Any]]) -> list[str]:
    """The table of `--list`."""
    columns = (
        table.Column("SCENARIO"),
        table.Column("TIME", right=True),
        table.Column("PLAYED", right=True),
        table.Column("LAST", right=True),
        table.Column("BEST", right=True),
        table.Column("WHAT IT IS", least=20),
    )
    rows = [
        [
            str(scenario["name"]),
            f"{scenario['minutes']:g} min",
            str(scenario["played"]),
            _figure(scenario["last"]),
            _figure(scenario["best"]),
            str(scenario["title"]),
        ]
        for scenario in scenarios
    ]
    return table.lines(columns, rows, table.terminal_width())


def _compared(card: Card, before: Sequence[Earlier]) -> list[str]:
    """Row by row: this time, and where there are earlier ones, the last and the best of them."""
    heads = [""]
    cards = [figures_of(card)]
    if before:
        best = max(before, key=lambda old: (old.marks is not None, old.marks or 0, old.at))
        heads += [f"LAST OF {len(before)}", "BEST"]
        cards += [before[-1].figures, best.figures]
    columns = [table.Column("SCORE"), table.Column("NOW", right=True)]
    columns += [table.Column(head, right=True) for head in heads[1:]]
    rows = [[name, *(_safely(read, figures) for figures in cards)] for name, read in _ROWS]
    rows = [row for at, row in enumerate(rows) if at == 0 or set(row[1:]) != {_NOTHING}]
    told = table.lines(columns, rows, min(table.terminal_width(), _WIDEST))
    if before and card.marks is not None and before[-1].marks is not None:
        more = card.marks - before[-1].marks
        words = f"{_counted(abs(more), 'mark')} {'more' if more > 0 else 'less'} than" if more else "As many marks as"
        told.append(f"{words} last time.")
    return told


def _by_priority(card: Card) -> list[str]:
    columns = (
        table.Column("TRUE PRIORITY"),
        table.Column("ACKNOWLEDGED", right=True),
        table.Column("MEDIAN", right=True),
        table.Column("LATE", right=True),
        table.Column("RESOLVED", right=True),
        table.Column("MEDIAN", right=True),
        table.Column("LATE", right=True),
    )
    rows = [
        [f"P{priority}", *_cells(card.acknowledged.get(priority)), *_cells(card.resolved.get(priority))]
        for priority in sorted({*card.acknowledged, *card.resolved})
    ]
    return table.lines(columns, rows, min(table.terminal_width(), _WIDEST)) if rows else []


def _cells(times: Times | None) -> list[str]:
    if times is None:
        return [_NOTHING] * 3
    return [str(times.count), _time(times.median), str(times.late)]


def _advice(card: Card) -> list[str]:
    """What to do otherwise next time, the weightiest first."""
    shares = {part.name: part.share for part in card.parts}
    told = []
    if (share := shares["acknowledging"]) is not None and share < 0.7:
        told.append("Acknowledge first, and the urgent ones before the others: that stops the response clock.")
    if card.priorities_wrong:
        told.append("Read the text before you believe the priority; “p” judges impact and urgency.")
    if card.duplicates_missed:
        told.append("Look for what tells the same: mark with space, then “m” merges into the oldest.")
    if card.duplicates_wrong:
        told.append("Something was merged that is another thing: it is out of sight now, though not solved.")
    if card.promises_broken:
        told.append("A word was promised and did not come. A short “nothing new yet” keeps it.")
    if card.reopened:
        told.append("Some were called solved and were not. Wait for the note that says service is back.")
    if card.lingering:
        told.append("Some stayed open though service was back. “R” resolves them.")
    if card.majors > card.majors_declared:
        told.append("There was a major incident, and nobody declared it: “M” does.")
    if card.majors_false:
        told.append("Something was declared a major incident that was none.")
    if card.left:
        told.append(f"{_counted(card.left, 'action')} had not left when you quit: not counted.")
    return told


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _time(seconds: float | None) -> str:
    """As in `45s`, `3m05`."""
    if seconds is None:
        return _NOTHING
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02}" if minutes else f"{rest}s"


def _figure(value: object) -> str:
    return _NOTHING if value is None else str(value)


def _of(good: str, whole: str) -> Read:
    return lambda figures: f"{figures[good]} of {figures[whole]}" if figures[whole] else _NOTHING


def _promises(figures: dict[str, Any]) -> str:
    whole = figures["promises_kept"] + figures["promises_broken"]
    return f"{figures['promises_kept']} of {whole}" if whole else _NOTHING


_ROWS: tuple[tuple[str, Read], ...] = (
    ("Marks, of 100", lambda figures: _figure(figures["marks"])),
    ("Time to acknowledge P1 and P2, median", lambda figures: _time(figures["urgent_acknowledged"])),
    ("Time to resolve P1 and P2, median", lambda figures: _time(figures["urgent_resolved"])),
    ("SLA clocks met", _of("slas_met", "slas_decided")),
    ("Priorities wrong at the end", _of("priorities_wrong", "priorities_judged")),
    ("Duplicates missed", _of("duplicates_missed", "duplicates")),
    ("Merged into something else", lambda figures: _figure(figures["duplicates_wrong"])),
    ("Symptoms linked to their cause", _of("symptoms_linked", "symptoms")),
    ("Promised words kept", _promises),
    ("Called solved too early", lambda figures: _figure(figures["reopened"])),
    ("Major incidents declared", _of("majors_declared", "majors")),
)


def _safely(read: Read, figures: dict[str, Any]) -> str:
    """An earlier version may not have kept that figure."""
    try:
        return read(figures)
    except (KeyError, TypeError, ValueError):
        return _NOTHING
