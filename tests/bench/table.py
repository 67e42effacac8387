"""The figures of a benchmark and the table they are printed in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number."""

    what: str
    size: int
    """Incidents on the board."""
    value: float
    unit: str
    limit: float | None = None
    """What it may be at most; None where nothing is promised."""

    @property
    def over(self) -> bool:
        return self.limit is not None and self.value > self.limit


def table(figures: Iterable[Figure]) -> str:
    """One row for each thing that was measured, one column for each size."""
    rows: dict[tuple[str, str], dict[int, Figure]] = {}
    for figure in figures:
        rows.setdefault((figure.what, figure.unit), {})[figure.size] = figure
    sizes = sorted({size for row in rows.values() for size in row})
    lines = [f"{'':44}" + "".join(f"{size:>12,}" for size in sizes) + "   at most"]
    for (what, unit), row in rows.items():
        cells = "".join(f"{_cell(row.get(size)):>12}" for size in sizes)
        limits = [figure.limit for figure in row.values() if figure.limit is not None]
        lines.append(f"{f'{what}, {unit}':44}{cells}" + (f"   {limits[-1]:g}" if limits else ""))
    return "\n".join(lines)


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    return f"{figure.value:,.2f}" + ("!" if figure.over else " ")
