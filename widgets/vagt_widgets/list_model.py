"""What a virtual list asks of whoever fills it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from rich.segment import Segment

from vagt_widgets.list_layout import Group

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class RowState:
    """How a row is to be drawn. Cursor, mark and ghost signs and colours are the list's own business."""

    cursor: bool = False
    marked: bool = False
    focused: bool = False
    """It is under the cursor and the list has the keyboard."""


class ListModel(Protocol[K]):
    """The rows of a list. Only visible rows are asked for, so nothing here may walk the whole list."""

    def __len__(self) -> int:
        """How many rows there are."""
        ...

    def key_at(self, index: int) -> K:
        """The identity of a row."""
        ...

    def index_of(self, key: K) -> int | None:
        """Where a row stands now; None: it is not in the list."""
        ...

    def groups(self) -> Sequence[Group]:
        """Sections in order, together covering all rows; empty: no sections."""
        ...

    def render(self, key: K, width: int, state: RowState) -> Sequence[Segment]:
        """The row as segments of `width` cells, safe to show; kept until `refresh_model` names the key.

        Asked also for a row that has left the list; empty where nothing is known of it: then it is shown as it was.
        """
        ...

    def render_group(self, group: Group, width: int) -> Sequence[Segment]:
        """A section's header as segments of `width` cells."""
        ...


@dataclass(frozen=True, slots=True)
class Viewpoint(Generic[K]):
    """Where a reader was: the row under the cursor, and on which line of the screen it stood."""

    cursor: K | None = None
    screen_line: int = 0
