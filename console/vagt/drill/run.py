"""One drill on disk: a folder of its own, far from the person's config, backends and outbox; and its score."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from vagt.adapters.embedded.shift.ledger import NoDrill, read_ledger
from vagt.adapters.embedded.shift.scenario import Scenario
from vagt.adapters.embedded.shift.scenarios import scenario_called
from vagt.config.settings import DEFAULT_VIEWS, BackendSettings, Settings, ViewSettings
from vagt.drill.card import Card
from vagt.drill.deeds import read_deeds
from vagt.drill.score import judged

BACKEND = "drill"
KEPT = 20
"""Folders of earlier drills that stay; their scores stay for ever."""
_EVERYTHING = "is:open"
_FACTS = "drill.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One playing of a scenario."""

    id: str
    scenario: str
    seed: int
    rate: float
    speed: float
    begun: datetime
    folder: Path
    left: datetime | None = None
    """When the console was left; None: it has not been, or died."""

    @property
    def file(self) -> Path:
        """The backend's own file."""
        return self.folder / f"embedded-{BACKEND}.sqlite"


class NoRun(Exception):
    """There is no such drill; the message says what there is."""


def begin(drills: Path, scenario: Scenario, *, seed: int, rate: float, speed: float, now: datetime) -> Run:
    """Make the folder of a new drill under `drills`. Raises OSError."""
    stem = f"{scenario.name}-{now:%Y%m%d-%H%M%S}"
    drills.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(1, 1000):
        folder = drills / (stem if number == 1 else f"{stem}-{number}")
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        run = Run(id=folder.name, scenario=scenario.name, seed=seed, rate=rate, speed=speed, begun=now, folder=folder)
        _write(run)
        _forget_old(drills)
        return run
    raise FileExistsError(17, "there are too many drills of this second", str(drills / stem))


def end(run: Run, now: datetime) -> Run:
    """Note when it was left. Raises OSError."""
    run = replace(run, left=now)
    _write(run)
    return run


def found(drills: Path, text: str) -> Run:
    """The drill with that id, or the one whose id begins so; `last` is the newest. Raises NoRun."""
    runs = {run.id: run for run in all_runs(drills)}
    if text in runs:
        return runs[text]
    matching = list(runs.values()) if text == "last" else [run for id, run in runs.items() if id.startswith(text)]
    if text == "last" and matching:
        return matching[0]
    if len(matching) == 1:
        return matching[0]
    if not runs:
        raise NoRun("no drill of this data folder is kept; “vagt drill” begins one")
    some = ", ".join([run.id for run in matching or runs.values()][:5])
    raise NoRun(f"{'several drills begin with' if matching else 'no drill is called'} “{text}”; there are {some}")


def all_runs(drills: Path) -> list[Run]:
    """Those that are kept, the newest first."""
    made = (_read(folder) for folder in drills.iterdir()) if drills.is_dir() else ()
    return sorted((run for run in made if run is not None), key=lambda run: (run.begun, run.id), reverse=True)


def settings_of(run: Run, base: Settings) -> Settings:
    """The console's settings for a drill: how the person likes it from `base`, one backend, nothing else."""
    minute = 60 / run.speed
    length = round(scenario_called(run.scenario).minutes / run.speed, 1)
    backend = BackendSettings(
        name=BACKEND,
        adapter="embedded",
        refresh=min(3.0, max(0.5, minute / 20)),
        options={
            "shift": True,
            "scenario": run.scenario,
            "seed": run.seed,
            "speed": float(run.speed),
            "rate": float(run.rate),
        },
    )
    return Settings(
        console=replace(base.console, read_only=False, watch=False),
        backends=(backend,),
        views=_views(base.views),
        keys=base.keys,
        path=run.folder / _FACTS,
        notices=(f"Drill “{run.scenario}”, {length:g} minutes, nothing here is real. q: leave and read your score.",),
    )


def _views(known: tuple[ViewSettings, ...]) -> tuple[ViewSettings, ...]:
    """The person's own, and one that shows everything: theirs may name teams that this company does not have."""
    everything = next(view for view in DEFAULT_VIEWS if view.query == _EVERYTHING)
    if any(view.query.strip() in ("", _EVERYTHING) for view in known):
        return known
    return (*known, everything)


def scored(run: Run) -> Card:
    """Judge a drill by what its folder holds. Raises NoDrill where it never began."""
    ledger = read_ledger(run.file)
    # A console that died left no word: then the last thing that happened was the end.
    last = max((entry.at for told in ledger.incidents for entry in told.entries), default=ledger.begun)
    return judged(ledger, read_deeds(run.folder / "audit.jsonl"), run.left or max(last, ledger.begun))


def _forget_old(drills: Path) -> None:
    for run in all_runs(drills)[KEPT:]:
        shutil.rmtree(run.folder, ignore_errors=True)


def _write(run: Run) -> None:
    facts = {
        "scenario": run.scenario,
        "seed": run.seed,
        "rate": run.rate,
        "speed": run.speed,
        "begun": run.begun.isoformat(),
        "left": run.left.isoformat() if run.left else None,
    }
    path = run.folder / _FACTS
    path.touch(mode=0o600)
    path.write_text(json.dumps(facts), encoding="utf-8")


def _read(folder: Path) -> Run | None:
    """None for a folder that is none of ours."""
    try:
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        return Run(
            id=folder.name,
            scenario=str(facts["scenario"]),
            seed=int(facts["seed"]),
            rate=float(facts["rate"]),
            speed=float(facts["speed"]),
            begun=datetime.fromisoformat(facts["begun"]),
            folder=folder,
            left=datetime.fromisoformat(facts["left"]) if facts["left"] else None,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


__all__ = ["BACKEND", "NoDrill", "NoRun", "Run", "all_runs", "begin", "end", "found", "scored", "settings_of"]
