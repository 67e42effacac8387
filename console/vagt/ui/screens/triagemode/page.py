"""What triage mode shows of one incident, as blocks of a page; and its last page, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from vagt.domain.incident import Incident
from vagt.learning.duplicates import Likely
from vagt.learning.judged import Judged, known
from vagt.ui.present.times import relative, when
from vagt.ui.present.words import counted
from vagt.ui.screens.incident.facts import Fact, facts, headline
from vagt.ui.screens.incident.reader import Block, Line, Piece
from vagt.ui.screens.triagemode.offer import LABELS, Offer, Row, value_words
from vagt.ui.screens.triagemode.walk import Fate, Walk
from vagt_widgets.safe_text import cells, fit, safe_text, wrap

LABEL = 9
KEY = 2
FIRST_LINES = 3
"""Of the description, before the suggestions; the whole follows below."""


@dataclass(frozen=True, slots=True)
class Scene:
    """All that the page tells of one incident."""

    incident: Incident
    now: datetime
    offer: Offer
    keys: dict[str, str]
    """Action → its key, as people write it."""
    learning: str = ""
    """Why nothing is suggested yet, or at all; empty where that goes without saying."""
    duplicates: tuple[Likely, ...] = ()
    settled: str = ""
    """Why it needs no triage any more; empty where it does."""
    pending: str = ""
    """What of mine on it is not confirmed."""
    zone: tzinfo | None = None


def page(scene: Scene) -> tuple[Block, ...]:
    """The whole page."""
    incident = scene.incident
    blocks = [Block("head", lambda width: _head(scene, width)), Block("facts", lambda width: _essentials(scene, width))]
    if incident.description.strip():
        blocks.append(Block("words", lambda width: _first_words(incident.description, width)))
    if not scene.settled:
        blocks.append(Block("offer", lambda width: _offer(scene, width)))
    blocks.append(Block("same", lambda width: _duplicates(scene, width)))
    if incident.description.strip():
        blocks.append(Block("description", lambda width: _whole(incident.description, width)))
    return tuple(blocks)


def _head(scene: Scene, width: int) -> list[Line]:
    pieces: list[Piece] = []
    for text, tone in headline(scene.incident):
        pieces += [("plain", "  " if pieces else ""), (tone.value, safe_text(text))]
    lines: list[Line] = [tuple(pieces)]
    lines += [(("strong", text),) for text in wrap(safe_text(scene.incident.title), width)[:3]]
    if scene.settled:
        lines += [(("bad", text),) for text in wrap(scene.settled, width)]
    if scene.pending:
        lines += [(("warn", text),) for text in wrap(scene.pending, width)]
    return lines


def _essentials(scene: Scene, width: int) -> list[Line]:
    incident, now = scene.incident, scene.now
    clock = next((fact for fact in facts(incident, now, scene.zone) if fact.label == "SLA"), None)
    found = [] if clock is None else [clock]
    who = incident.assignee_name or incident.assignee or "nobody has it"
    levels = [
        f"{LABELS[field].lower()} {value_words(field, value)}"
        for field in (Judged.IMPACT, Judged.URGENCY)
        if (value := known(incident, field)) is not None
    ]
    found.append(Fact("With", " · ".join((incident.team or "no team", who))))
    about = [incident.service or "no service", incident.category or "", *levels]
    found.append(Fact("About", " · ".join(part for part in about if part)))
    came = f"opened {when(incident.created_at, now, scene.zone)}" if incident.created_at else ""
    found.append(Fact("From", " · ".join(part for part in (incident.caller or "", came) if part)))
    return [line for fact in found if fact.value for line in _labelled(fact, width)]


def _labelled(fact: Fact, width: int) -> list[Line]:
    return [
        (("label", fit(fact.label if place == 0 else "", LABEL)), (fact.tone.value, text))
        for place, text in enumerate(wrap(safe_text(fact.value), width - LABEL))
    ]


def _first_words(text: str, width: int) -> list[Line]:
    lines = [line for line in wrap(text.strip(), width) if line.strip()]
    shown: list[Line] = [(("plain", line),) for line in lines[:FIRST_LINES]]
    return [*shown, *([(("dim", "… all of it below"),)] if len(lines) > FIRST_LINES else [])]


def _whole(text: str, width: int) -> list[Line]:
    lines = wrap(text.strip("\n"), width)
    if len([line for line in lines if line.strip()]) <= FIRST_LINES:
        return []
    return [(), (("heading", "Description"),), *((("plain", line),) for line in lines)]


def _offer(scene: Scene, width: int) -> list[Line]:
    lines: list[Line] = [(), (("heading", "Suggested, from what became of similar incidents"),)]
    shown = [_Told.of(row, scene.keys) for row in scene.offer.rows if row.value is not None or row.why]
    change = max((cells(told.change) for told in shown), default=0)
    for told in shown:
        lines += told.lines(change, width - KEY - LABEL)
    if scene.offer.lacking:
        lines.append((("warn", f"{' ' * KEY}Not sent by enter: {scene.offer.lacking}."),))
    if not shown:
        why = scene.learning or "No suggestion: too few were similar, or they were judged differently."
        lines += [(("dim", text),) for text in wrap(why, width)]
    return lines


@dataclass(frozen=True, slots=True)
class _Told:
    """A row of the offer in words that are safe to show."""

    key: str
    label: str
    change: str
    why: str
    style: str

    @classmethod
    def of(cls, row: Row, keys: dict[str, str]) -> _Told:
        now = value_words(row.field, row.now)
        value = value_words(row.field, row.value)
        if row.value is None or row.value == row.now:
            change = f"{now}, as it is"
        elif row.settable:
            change = f"{now} → {value}"
        else:
            change = f"perhaps {value}" if row.now is None else f"{now}, perhaps {value}"
        return cls(
            keys.get(f"triage_{row.field.value}", "") if row.settable else "",
            LABELS[row.field],
            safe_text(change),
            safe_text(row.why),
            "strong" if row.changes else "dim",
        )

    def lines(self, wide: int, room: int) -> Iterator[Line]:
        """On one line, the reasons of all rows in one column, `wide` cells on; on several where that fails."""
        head: tuple[Piece, ...] = (("label", fit(self.key, KEY)), ("label", fit(self.label, LABEL)))
        for column in (wide, cells(self.change)):
            if column + 2 + cells(self.why) <= room:
                yield (*head, (self.style, fit(self.change, column)), ("dim", f"  {self.why}"))
                return
        yield (*head, (self.style, fit(self.change, room).rstrip()))
        for text in wrap(self.why, room - 2):
            yield (("plain", " " * (KEY + LABEL + 2)), ("dim", text))


def _duplicates(scene: Scene, width: int) -> list[Line]:
    if not scene.duplicates:
        return []
    key = scene.keys.get("triage_same", "")
    lines: list[Line] = [(), (("heading", f"Perhaps the same{f' · {key} links or merges' if key else ''}"),)]
    for likely in scene.duplicates:
        other = likely.incident
        age = f", {relative(other.created_at, scene.now)}" if other.created_at else ""
        who = other.assignee_name or other.assignee or "nobody"
        why = f"{likely.reason}{age} · {who} has it"
        title = f"{other.ref.partition(':')[2]}  {other.title}"
        room = width - 2
        if cells(safe_text(title)) + 2 + cells(safe_text(why)) <= room:
            lines.append((("plain", f"  {safe_text(title)}"), ("dim", f"  {safe_text(why)}")))
        else:
            lines.append((("plain", f"  {fit(safe_text(title), room).rstrip()}"),))
            lines.append((("dim", f"    {fit(safe_text(why), room - 2).rstrip()}"),))
    return lines


_TOLD = (
    (Fate.ACCEPTED, "as suggested or corrected here"),
    (Fate.DECIDED, "settled otherwise: taken, given away, resolved, linked …"),
    (Fate.SKIPPED, "skipped"),
    (Fate.PASSED, "passed over: somebody else was quicker"),
)


def last_page(walk: Walk, *, stuck: int, keys: dict[str, str]) -> tuple[Block, ...]:
    """The end of the way, in words. `stuck`: actions that need the operator."""
    met = len(walk.fates)
    lines: list[Line] = []
    if not met:
        lines.append((("strong", "Nothing waits for triage."),))
        lines.append(
            (("plain", "Every open incident has somebody, is on hold or is snoozed, as far as is known here."),)
        )
    else:
        lines.append((("strong", f"That was all: {counted(met, 'incident')}."),))
        lines.append(())
        lines += [
            (("label", f"{walk.count(fate):>4}  "), ("plain", words)) for fate, words in _TOLD if walk.count(fate)
        ]
    if stuck:
        lines += [
            (),
            (
                (
                    "bad",
                    f"{counted(stuck, 'action')} of yours cannot go on without you: {keys.get('outbox', '')} decides.",
                ),
            ),
        ]
    lines += [(), (("dim", "What arrives meanwhile is told below."),)]
    return (Block("end", lambda width: [folded for line in lines for folded in _folded(line, width)]),)


def _folded(line: Line, width: int) -> Sequence[Line]:
    """A line of one style may be longer than the page is wide."""
    if len(line) != 1:
        return (line,)
    style, text = line[0]
    return [((style, part),) for part in wrap(text, width)]
