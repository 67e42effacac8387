"""Watches what was handed to the outbox: how far a bulk has come, and what went wrong, told in one line."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vagt.domain.actions import Action
from vagt.domain.incident import Key
from vagt.engine.intent import Intent, Stage
from vagt.ui.messages import Tone
from vagt.ui.present.words import DOING, DONE, counted

if TYPE_CHECKING:
    from vagt.ui.app import VagtApp

_STOPPED = {
    Stage.CONFLICT: "changed meanwhile",
    Stage.REFUSED: "refused",
    Stage.UNKNOWN: "may or may not have arrived",
}


@dataclass(slots=True)
class Bulk:
    """One action on many incidents, watched until none of it is pending."""

    action: Action
    ids: dict[str, Key]
    over: bool = False


class Watching:
    """Follows intents from the moment they are on disk until the backend has answered."""

    def __init__(self, app: VagtApp) -> None:
        self.app = app
        self.failures: dict[Key, str] = {}
        """Why the last action did not succeed on these; they stay marked."""
        self._bulks: list[Bulk] = []
        self._single: dict[str, Action] = {}
        self._remarks: list[str] = []

    def begin(self, action: Action, intents: Sequence[Intent], left_out: Mapping[Key, str]) -> None:
        """These are under way; `left_out` are the incidents that could not take the action, with the reason."""
        self.failures.clear()
        if len(intents) == 1 and not left_out:
            self._single[intents[0].command.id] = action
            return
        keys = {i.command.id: i.command.subject for i in intents if i.command.subject is not None}
        self._bulks.append(Bulk(action, keys))
        self.fail(left_out)

    def remark(self, text: str) -> None:
        """Tell this once no undo window needs the line."""
        self._remarks.append(text)

    def forget(self, ids: Collection[str]) -> None:
        """These were taken back: there is nothing more to tell of them."""
        self._bulks = [bulk for bulk in self._bulks if bulk.ids.keys().isdisjoint(ids)]
        for id in ids:
            self._single.pop(id, None)

    def outbox_changed(self, ids: frozenset[str]) -> None:
        """Something moved in the outbox: tell what went wrong, and how far a bulk has come."""
        for id in [id for id in self._single if id in ids]:
            self._watch_single(id)
        for bulk in self._bulks:
            if ids & bulk.ids.keys():
                self._watch_bulk(bulk)
        self._bulks = [bulk for bulk in self._bulks if not bulk.over]

    def second(self) -> None:
        """A second went by: tell what a backend said to what it did, once no undo window needs the line."""
        line = self.app.line
        if self._remarks and (line is None or not (line.countdown or line.tone in (Tone.WARN, Tone.BAD))):
            self.app.say(self._remarks.pop(0), Tone.WARN, seconds=10)

    def _find(self, ids: Sequence[str]) -> dict[str, Intent]:
        wanted = set(ids)
        both: list[Intent] = [*self.app.engine.intents(), *self.app.engine.recent()]
        return {intent.command.id: intent for intent in both if intent.command.id in wanted}

    def _watch_single(self, id: str) -> None:
        intent = self._find([id]).get(id)
        if intent is None or intent.stage.is_pending:
            return
        action = self._single.pop(id)
        if intent.stage.needs_person:
            word = _STOPPED[intent.stage]
            self.app.say(
                f"{action.label} {self.app.name_of(intent.command.ref)} {word}: {intent.reason} · "
                f"{self.app.keymap.shown('outbox')} decides",
                Tone.BAD,
                seconds=15,
            )
        elif intent.stage is Stage.DONE and (intent.reason or intent.result_ref):
            done = DONE.get(action.name, action.label)
            ref = intent.result_ref or intent.command.ref
            self._remark(f"{done} {self.app.name_of(ref)}", intent.reason)

    def _remark(self, what: str, words: str) -> None:
        self._remarks.append(f"{what}: {words}" if words else what)
        self.second()

    def _watch_bulk(self, bulk: Bulk) -> None:
        found = self._find(list(bulk.ids))
        pending = sum(intent.stage.is_pending for intent in found.values())
        failed = {bulk.ids[id]: i.reason for id, i in found.items() if i.stage.needs_person}
        subjects = set(bulk.ids.values())
        waiting = {bulk.ids[id] for id, intent in found.items() if intent.stage.is_pending}
        done = len(subjects - waiting - failed.keys())
        if any(intent.stage is Stage.HELD for intent in found.values()):
            return
        bulk.over = pending == 0
        words = DOING.get(bulk.action.name, bulk.action.label)
        if bulk.over and not failed:
            words = f"{DONE.get(bulk.action.name, bulk.action.label)} {counted(done, 'incident')}: all done"
        else:
            words += f" {len(subjects)}: {done} done"
        if failed:
            words += f", {len(failed)} refused"
        remark = self._remark_on_bulk(found) if bulk.over else ""
        bad = bool(failed or remark)
        self.app.say(words + remark, Tone.WARN if bad else Tone.GOOD, seconds=15 if bad else 8)
        if failed:
            self.fail(failed)

    def _remark_on_bulk(self, found: Mapping[str, Intent]) -> str:
        """What backends said to what they did: how many, one in full; the outbox has the others."""
        told = [intent for intent in found.values() if intent.stage is Stage.DONE and intent.reason]
        if not told:
            return ""
        where = f", {self.app.keymap.shown('outbox')} shows all" if len(told) > 1 else ""
        first = f"{self.app.name_of(told[0].command.ref)}: {told[0].reason}"
        return f" · {len(told)} with a remark{where}: {first}"

    def fail(self, reasons: Mapping[Key, str]) -> None:
        """Keep these marked, each with its reason; an empty reason is none."""
        fresh = {key: why for key, why in reasons.items() if why}
        if fresh:
            self.failures.update(fresh)
            self.app.mark(set(self.failures), only_if_untouched=True)
