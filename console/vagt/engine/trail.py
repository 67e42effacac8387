"""What of an action's life is written to the audit log, and in which words."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import msgspec

from vagt.domain.clock import Clock
from vagt.engine.audit import AuditLog
from vagt.engine.intent import Intent, Stage

log = logging.getLogger("vagt.audit")

_STEPS = {
    Stage.HELD: "asked",
    Stage.SENDING: "sent",
    Stage.UNSURE: "answer lost",
    Stage.DONE: "done",
    Stage.CONFLICT: "conflict",
    Stage.REFUSED: "refused",
    Stage.UNKNOWN: "unknown",
    Stage.UNDONE: "taken back",
    Stage.DISCARDED: "given up",
}


class Trail:
    """Writes a line for each step that an action takes. A log that cannot be written is told to the other log."""

    def __init__(self, audit: AuditLog, clock: Clock, operator: str) -> None:
        self._audit = audit
        self._clock = clock
        self._operator = operator
        self.problem = ""
        """Why the audit log could not be written last time; empty where it could."""

    def record(self, moved: Sequence[Intent]) -> None:
        """These have come to another stage."""
        records = [record for intent in moved if (record := self._record(intent))]
        if records:
            self._append(records)

    def _append(self, records: Sequence[dict[str, object]]) -> None:
        try:
            self._audit.append(records)
            self.problem = ""
        except OSError as error:
            self.problem = f"the audit log cannot be written: {error.strerror or error}"
            log.error("%s; not recorded: %s", self.problem, [record.get("id", record["what"]) for record in records])

    def note(self, what: str, on: str, result: str, why: str = "", **more: object) -> None:
        """Something that is no action of anybody's, as a step of an escalation that came due."""
        record: dict[str, object] = {"at": self._clock.now().isoformat(), "who": self._operator, "what": what}
        self._append([{**record, "on": on, "result": result, **more, **({"why": why} if why else {})}])

    def _record(self, intent: Intent) -> dict[str, object]:
        command = intent.command
        fresh = intent.attempts == 0 and intent.stage is Stage.QUEUED and intent.changed_at == command.at
        step = "asked" if fresh else "passed on" if intent.passed_to else _STEPS.get(intent.stage)
        if step is None:
            return {}
        record: dict[str, object] = {
            "at": self._clock.now().isoformat(),
            "who": self._operator,
            "as": command.by,
            "what": command.verb.value,
            "on": command.ref,
            "result": step,
            "id": command.id,
        }
        if command.channel:
            record["through"] = command.channel
        if step == "asked":
            record["with"] = msgspec.to_builtins(command.change)
        if intent.result_ref:
            record["made"] = intent.result_ref
        if intent.reason:
            record["why"] = intent.reason
        return record
