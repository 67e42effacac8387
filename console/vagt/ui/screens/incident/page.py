"""An incident as blocks of a page: headline, what of ours is pending, facts, description, timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

from vagt.domain import marker
from vagt.domain.incident import Incident
from vagt.domain.marked import kind_of
from vagt.domain.timeline import EntryKind, TimelineEntry
from vagt.engine.intent import Intent
from vagt.ui.present.times import local, relative
from vagt.ui.screens.incident.facts import Fact, facts, headline, pending_facts
from vagt.ui.screens.incident.reader import Block, Line, Piece
from vagt_widgets.glyphs import UNICODE, Glyphs
from vagt_widgets.safe_text import cells, fit, safe_text, wrap

if TYPE_CHECKING:
    # the first frame tells nobody anything
    from vagt.comms.progress import Progress

LABEL = 12
"""Cells of the left column."""
INDENT = 4
"""Cells by which internal entries stand further in than public ones."""
_KINDS = {EntryKind.OTHER: ""}


@dataclass(frozen=True, slots=True)
class Telling:
    """How far we are with the timeline: what is known of it, and in words what is not."""

    entries: tuple[TimelineEntry, ...] | None = None
    """Oldest first; None: never read."""
    waiting: bool = False
    """It is being asked for, and that takes long enough to say so."""
    problem: str = ""
    told: Progress | None = None
    """How the words to those affected stand; None where the config has no audiences, or nobody has looked yet."""


@lru_cache(maxsize=512)
def _wrapped(text: str, width: int) -> tuple[str, ...]:
    # the page is drawn anew every second for its clocks; long texts are folded once
    return tuple(wrap(text, width))


def page(
    incident: Incident,
    intents: Sequence[Intent],
    telling: Telling,
    now: datetime,
    *,
    zone: tzinfo | None = None,
    glyphs: Glyphs = UNICODE,
) -> tuple[Block, ...]:
    """The whole page; times are shown in `zone` (None: this machine's)."""
    blocks = [Block("head", lambda width: _head(incident, width))]
    if intents:
        blocks.append(Block("pending", lambda width: _pending(intents, now, width)))
    if telling.told is not None:
        from vagt.ui.screens.incident.told import told_facts  # not needed for the first frame

        if said := told_facts(telling.told, now):
            blocks.append(Block("told", lambda width: [*(line for fact in said for line in _fact(fact, width)), ()]))
    blocks.append(
        Block("facts", lambda width: [line for fact in facts(incident, now, zone) for line in _fact(fact, width)])
    )
    if incident.description.strip():
        blocks.append(Block("description", lambda width: _description(incident.description, width)))
    blocks.append(Block("timeline", lambda width: _timeline_head(telling, width)))
    for position, entry in enumerate(reversed(telling.entries or ())):
        blocks.append(_entry_block(entry, len(telling.entries or ()) - position, now, zone, glyphs))
    return tuple(blocks)


def _head(incident: Incident, width: int) -> list[Line]:
    line: list[Piece] = []
    used = 0
    lines: list[Line] = []
    for text, tone in headline(incident):
        shown = safe_text(text)
        if used and used + 2 + cells(shown) > width:
            lines.append(tuple(line))
            line, used = [], 0
        if used:
            line.append(("plain", "  "))
        line.append((tone.value, fit(shown, width).rstrip()))
        used += 2 + cells(shown)
    lines.append(tuple(line))
    lines += [(("strong", text),) for text in wrap(safe_text(incident.title), width)]
    return [*lines, ()]


def _pending(intents: Sequence[Intent], now: datetime, width: int) -> list[Line]:
    stuck = any(intent.stage.needs_person for intent in intents)
    title = "Yours, not done: O decides" if stuck else "Yours, not confirmed yet"
    lines: list[Line] = [(("bad" if stuck else "warn", fit(title, width).rstrip()),)]
    for fact in pending_facts(intents, now):
        lines += _fact(fact, width)
    return [*lines, ()]


def _fact(fact: Fact, width: int) -> list[Line]:
    label = safe_text(fact.label)
    lines: list[Line] = []
    if cells(label) >= LABEL:
        lines.append((("label", fit(label, width).rstrip()),))
        label = ""
    for position, text in enumerate(wrap(fact.value, width - LABEL)):
        lines.append((("label", fit(label if position == 0 else "", LABEL)), (fact.tone.value, text)))
    return lines


def _description(text: str, width: int) -> list[Line]:
    return [(), (("heading", "Description"),), *((("plain", line),) for line in _wrapped(text.strip("\n"), width))]


def _timeline_head(telling: Telling, width: int) -> list[Line]:
    entries = telling.entries
    title = "Timeline" if not entries else f"Timeline · {len(entries)}, newest first"
    lines: list[Line] = [(), (("heading", fit(title, width).rstrip()),)]
    if telling.problem:
        lines += [(("bad", text),) for text in wrap(telling.problem, width)]
    if telling.waiting:
        lines.append((("dim", "asking the backend …"),))
    elif entries is not None and not entries and not telling.problem:
        lines.append((("dim", "Nothing has happened yet."),))
    return lines


def _entry_block(entry: TimelineEntry, number: int, now: datetime, zone: tzinfo | None, glyphs: Glyphs) -> Block:
    def lines(width: int) -> list[Line]:
        style = "public" if entry.public else "internal"
        lead = "" if entry.public else " " * INDENT
        sign = glyphs.public if entry.public else glyphs.internal
        word = "PUBLIC" if entry.public else "internal"
        kind = _KINDS.get(kind_of(entry), kind_of(entry).value)
        said = "  ".join(part for part in (local(entry.at, now, zone), word, kind, safe_text(entry.by)) if part)
        ago = f"  {relative(entry.at, now)}"
        head = fit(f"{lead}{sign} {said}", width).rstrip()
        made: list[Line] = [((style, head), ("dim", ago if cells(head) + cells(ago) <= width else ""))]
        made += [
            ((style, f"{lead}{sign} "), ("plain", text))
            for text in _wrapped(marker.without(entry.text).strip("\n"), width - len(lead) - 2)
        ]
        return [*made, ()]

    # newest stand first, so the number from the oldest on is what stays when more arrive
    return Block(f"entry {entry.id or number}", lines)
