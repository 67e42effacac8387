"""Ways to reach people: one message through one `[[channels]]` table, and what became of it in words."""

from vagt.channels.limits import Limits, limits

__all__ = ["Limits", "limits"]
