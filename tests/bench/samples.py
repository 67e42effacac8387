"""What was measured several times, and the table of medians that is printed."""

from __future__ import annotations

from statistics import median


class Samples:
    """Numbers by what was measured, how many incidents there were, and which program it was."""

    def __init__(self) -> None:
        self._found: dict[str, dict[tuple[int, str], list[float]]] = {}

    def add(self, what: str, size: int, program: str, value: float) -> None:
        self._found.setdefault(what, {}).setdefault((size, program), []).append(value)

    def values(self, what: str, size: int, program: str) -> list[float]:
        """All that was measured; empty where nothing was."""
        return self._found.get(what, {}).get((size, program), [])

    def table(self, programs: tuple[str, ...]) -> str:
        """Markdown: a row for each thing, a column for each size and program; median (least–most)."""
        sizes = sorted({size for cells in self._found.values() for size, _ in cells})
        columns = [
            (size, program)
            for size in sizes
            for program in programs
            if any((size, program) in cells for cells in self._found.values())
        ]
        heads = [f"{program}, {size:,}" for size, program in columns]
        lines = ["| | " + " | ".join(heads) + " |", "| --- |" + " ---: |" * len(heads)]
        for what, cells in self._found.items():
            lines.append(f"| {what} | " + " | ".join(_cell(cells.get(column, [])) for column in columns) + " |")
        return "\n".join(lines)


def _cell(values: list[float]) -> str:
    if not values:
        return "–"
    if min(values) == max(values):
        return _short(values[0])
    return f"{_short(median(values))} ({_short(min(values))}–{_short(max(values))})"


def _short(value: float) -> str:
    return f"{value:.1f}" if value < 10 and value != int(value) else f"{value:,.0f}"
