"""The scores of all drills ever played in a data folder: JSON lines, one a drill, only ever added to."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from vagt.drill.card import Card
from vagt.drill.run import Run

FILE = "scores.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What is compared with."""

    run: str
    scenario: str
    at: datetime
    marks: int | None
    whole: bool
    figures: dict[str, Any]
    """The card as JSON."""


def figures_of(card: Card) -> dict[str, Any]:
    """A card in the shape that scripts and the file of scores read."""
    return {"marks": card.marks, **asdict(card)}


def keep(drills: Path, run: Run, card: Card) -> None:
    """Add a line. Raises OSError."""
    line = {
        "run": run.id,
        "scenario": run.scenario,
        "seed": run.seed,
        "rate": run.rate,
        "speed": run.speed,
        "at": (run.left or run.begun).isoformat(),
        "card": figures_of(card),
    }
    file = os.open(drills / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, (json.dumps(line, separators=(",", ":")) + "\n").encode())
        os.fsync(file)
    finally:
        os.close(file)


def earlier(drills: Path, scenario: str, *, than: Run | None = None) -> list[Earlier]:
    """The scores of that scenario, the oldest first; only those before `than` where it is given.

    Lines that cannot be read are passed over. Raises OSError where the file is there and cannot be opened.
    """
    path = drills / FILE
    if not path.exists():
        return []
    found = []
    for raw in path.read_text(encoding="utf-8", errors="replace").splitlines():
        score = _read(raw)
        if score is None or score.scenario != scenario:
            continue
        if than is None or (score.run != than.id and score.at <= (than.left or than.begun)):
            found.append(score)
    return sorted(found, key=lambda score: score.at)


def _read(raw: str) -> Earlier | None:
    try:
        line = json.loads(raw)
        card = line["card"]
        return Earlier(
            run=str(line["run"]),
            scenario=str(line["scenario"]),
            at=datetime.fromisoformat(line["at"]),
            marks=None if card["marks"] is None else int(card["marks"]),
            whole=bool(card["whole"]),
            figures=dict(card),
        )
    except (ValueError, KeyError, TypeError):
        return None
