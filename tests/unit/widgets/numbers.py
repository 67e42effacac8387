"""A list model of numbered rows that counts what it is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment

from vagt_widgets.list_layout import Group
from vagt_widgets.list_model import RowState
from vagt_widgets.safe_text import fit


class Numbers:
    """Rows are keyed by number; `keys` may be changed at will."""

    def __init__(self, rows: int | Iterable[int], groups: Sequence[Group] = ()) -> None:
        self.keys = list(range(rows)) if isinstance(rows, int) else list(rows)
        self.sections = tuple(groups)
        self.rendered: list[int] = []
        self.asked = 0
        self._places: dict[int, int] | None = None

    def change(self, keys: Iterable[int], groups: Sequence[Group] = ()) -> None:
        """Other rows from now on."""
        self.keys = list(keys)
        self.sections = tuple(groups)
        self._places = None

    def __len__(self) -> int:
        return len(self.keys)

    def key_at(self, index: int) -> int:
        self.asked += 1
        return self.keys[index]

    def index_of(self, key: int) -> int | None:
        self.asked += 1
        if self._places is None:
            self._places = {key: place for place, key in enumerate(self.keys)}
        return self._places.get(key)

    def groups(self) -> Sequence[Group]:
        return self.sections

    def render(self, key: int, width: int, state: RowState) -> Sequence[Segment]:
        self.rendered.append(key)
        return [Segment(fit(f"row {key}", width))]

    def render_group(self, group: Group, width: int) -> Sequence[Segment]:
        return [Segment(fit(f"{group.title} ({group.count})", width))]
