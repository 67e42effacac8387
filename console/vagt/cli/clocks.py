"""The config's own deadlines on incidents that a command has read itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vagt.domain.incident import Incident
from vagt.engine.engine import Engine


async def with_deadlines(engine: Engine, incidents: Sequence[Incident]) -> list[Incident]:
    """The same, with the clocks of `[slas]` where their backend gives none; as they are where the config has none."""
    if engine.settings.slas is None:
        return list(incidents)
    from vagt.escalation.deadlines import Deadlines
    from vagt.escalation.duty import Duties
    from vagt.escalation.memory import Memory

    memory = Memory(engine.data_dir)
    await memory.open()
    try:
        deadlines = Deadlines(engine, memory, Duties(engine.settings, engine.data_dir, engine.clock).feeds)
        await deadlines.read()
        return [replace(one, sla=(*one.sla, *deadlines.clocks(one))) for one in incidents]
    finally:
        await memory.close()
