"""What an empty list says: why it is empty, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vagt.engine.health import Condition
from vagt.ui.present.health import Mood, mood
from vagt.ui.screens.queue.views import NO_ROWS, Views

if TYPE_CHECKING:
    from vagt.engine.engine import Engine
    from vagt.ui.keymap import Keymap


def empty_words(engine: Engine, views: Views, keymap: Keymap) -> str:
    """Lines for a list without rows; never a plain "nothing" while a backend has not been heard."""
    healths = engine.healths()
    now = views.now
    if not healths:
        return "No backend is configured.\n“vagt init” writes a config; “vagt doctor” checks it."
    unheard = [health for health in healths if health.last_good is None]
    if len(unheard) == len(healths):
        first = unheard[0]
        if first.condition is Condition.SIGNED_OUT:
            # where there is no secret at all, the problem itself says how to give one
            other = (
                "" if "$VAGT_SECRET" in first.problem else f"; “vagt secret set {first.backend}” stores another secret"
            )
            return (
                f"Not signed in to {first.backend}: {first.problem}\n"
                f"“vagt doctor” finds out why{other}; {keymap.shown('refresh')} tries again."
            )
        if mood(first) is Mood.BAD:
            return (
                f"Nothing was ever read from {first.backend}: {first.problem}\n"
                f"{keymap.shown('refresh')} tries again now; “vagt doctor” finds out why."
            )
        return f"Asking {', '.join(health.backend for health in unheard)} for its incidents …"
    if views.list is NO_ROWS:
        return f"Sorting {len(engine.board):,} incidents …"
    lines = []
    whole = views.counts[views.at]
    if now.filter_query is not None and now.asks_closed:
        lines.append(f"None that this console has read and kept fits “{now.filter_text}”.")
        lines.append("“vagt list --all --query '…'” asks the backend itself for closed ones.")
    elif now.filter_query is not None and whole:
        lines.append(f"None of the {whole} in “{now.settings.name}” fits “{now.filter_text}”.")
        lines.append(f"{keymap.shown('back')} clears the filter, {keymap.shown('filter')} changes it.")
    else:
        lines.append(f"Nothing in “{now.settings.name}”.")
        others = [
            f"{at} {view.settings.name} ({count})"
            for at, (view, count) in enumerate(zip(views.all, views.counts, strict=True), 1)
            if count
        ]
        lines.append(f"Elsewhere: {', '.join(others[:3])}" if others else "All is quiet.")
    bad = [health.backend for health in healths if mood(health) is Mood.BAD or health.last_good is None]
    if bad:
        lines.append(f"But {', '.join(bad)} may hold more: its data is old or was never read.")
    return "\n".join(lines)
