"""Mixed actions whose effects can be told apart afterwards: fifty of ten kinds on each twenty incidents."""

from __future__ import annotations

import json
from collections.abc import Sequence

Step = dict[str, str]
Script = list[Step]
BLOCK = 20
"""Incidents that fifty actions are about."""


def mixed(backend: str, ids: Sequence[str]) -> Script:
    """Fifty actions for each twenty of `ids`, in an order that comes back to an incident after others."""
    blocks = [_fifty(backend, ids[start : start + BLOCK], start) for start in range(0, len(ids), BLOCK)]
    return [step for steps in zip(*blocks, strict=True) for step in steps]


def name_of(step: Step) -> str:
    """What tells one step of a script from all others."""
    return json.dumps(step, sort_keys=True)


def _fifty(backend: str, ids: Sequence[str], first: int) -> Script:
    script: Script = []

    def add(verb: str, id: str = "", **answers: str) -> None:
        script.append({"backend": backend, "verb": verb, **({"id": id} if id else {}), **answers})

    for n in range(12):
        add("note", ids[n], text=f"note {n}: æøå 🔥")
    for n in range(4):
        add("note", ids[n], text=f"second note {n}")
    for n in range(5):
        add("comment", ids[n + 5], text=f"comment {n}")
    for n in range(8):
        add("acknowledge", ids[n])
    for n in range(5):
        add("priority", ids[n + 2], priority="1")
    for n in range(4):
        add("take", ids[n + 12])
    for n in range(4):
        add("resolve", ids[n], text=f"resolved {n}")
    for n in range(3):
        add("link", ids[n + 14], other=ids[n + 17])
    for n in range(5):
        add("create", title=f"registered {first + n}")
    assert len(script) == 50
    return script
