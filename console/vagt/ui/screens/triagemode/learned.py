"""What the console has learnt: one learner for each engine, kept while it lives."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from vagt.learning.learner import Learner

if TYPE_CHECKING:
    from vagt.engine.engine import Engine

_of: WeakKeyDictionary[Engine, Learner] = WeakKeyDictionary()


def learner_of(engine: Engine) -> Learner:
    """The learner of this engine; the past is read once, not each time that triage mode opens."""
    found = _of.get(engine)
    if found is None:
        found = _of[engine] = Learner(engine)
    return found
