"""What the console itself puts into messages, in the reader's language and zone: times, spans, states."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words, from a `words.LANGUAGE.toml`."""

    language: str
    table: Mapping[str, str]
    months: tuple[str, ...]

    def say(self, key: str, **values: str) -> str:
        """The words for `key` with its values put in; the key itself where the language lacks it."""
        return self.table.get(key, key.replace("_", " ")).format_map(values)

    def clock(self, moment: datetime, now: datetime, zone: tzinfo | None) -> str:
        """`14:30` today, with the day where it is another one."""
        there, today = moment.astimezone(zone), now.astimezone(zone)
        of_day = f"{there:%H:%M}"
        if there.date() == today.date():
            return self.say("time", time=of_day)
        day = self.say("date", day=str(there.day), month=self.months[there.month - 1])
        if there.year != today.year:
            day = f"{day} {there.year}"
        return self.say("day_and_time", day=day, time=of_day)

    def span(self, seconds: float) -> str:
        """`20 minutes`, `2 hours 30 minutes`: to the minute, the two largest units."""
        minutes = max(1, round(seconds / 60))
        parts: list[str] = []
        for unit, size in (("days", 1440), ("hours", 60), ("minutes", 1)):
            count, minutes = divmod(minutes, size)
            if count and len(parts) < 2:
                parts.append(self.say(unit if count > 1 else unit.removesuffix("s"), n=str(count)))
        return " ".join(parts)


def read(path: Path, language: str, base: Words | None = None) -> Words:
    """The words in a file, over those of `base`. Raises OSError, and ValueError for what is no such file."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    months = data.pop("months", None)
    if months is None and base is not None:
        months = list(base.months)
    if not isinstance(months, list) or len(months) != 12:
        raise ValueError("`months` must be a list of twelve names")
    if not all(isinstance(value, str) for value in data.values()):
        raise ValueError("every entry must be a text")
    return Words(language, {**(base.table if base else {}), **data}, tuple(map(str, months)))
