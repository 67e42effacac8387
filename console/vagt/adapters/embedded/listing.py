"""Pages of what changed: first the whole open set, then increments."""

from __future__ import annotations

from dataclasses import dataclass

from vagt.adapters.embedded.cursor import Cursor, read
from vagt.adapters.embedded.record import Row
from vagt.adapters.embedded.store import Store

PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer, still in rows."""

    rows: list[Row]
    cursor: Cursor
    more: bool
    complete: bool = False
    restart: bool = False
    gone: tuple[str, ...] = ()
    total: int | None = None


def page(store: Store, text: str | None) -> Page:
    """What comes after the cursor in `text`. To be called within one `reading`."""
    epoch = store.meta("epoch") or ""
    cursor = read(text, epoch)
    if cursor is None or cursor.seq > store.seq():
        return _listed(store, Cursor(epoch, store.seq(), 0), restart=True)
    if cursor.after is not None:
        return _listed(store, cursor, restart=False)
    return _changed(store, cursor)


def _listed(store: Store, cursor: Cursor, *, restart: bool) -> Page:
    rows = store.open_after(cursor.after or 0, PAGE + 1)
    # A count looks at every open row: once for each listing, not for each of its pages.
    total = store.open_count() if restart else None
    if len(rows) > PAGE:
        rows = rows[:PAGE]
        following = Cursor(cursor.epoch, cursor.seq, rows[-1].pk)
        return Page(rows=rows, cursor=following, more=True, restart=restart, total=total)
    following = Cursor(cursor.epoch, cursor.seq)
    # What changed while we paged (closed, or reopened behind us) comes as increments right after.
    more = store.seq() > cursor.seq
    return Page(rows=rows, cursor=following, more=more, complete=True, restart=restart, total=total)


def _changed(store: Store, cursor: Cursor) -> Page:
    rows = store.changed_after(cursor.seq, PAGE)
    gone = store.gone_after(cursor.seq, PAGE)
    newest = store.seq()
    # Whichever of the two is cut off by its limit bounds what may be told of the other.
    bound = min(
        rows[-1].seq if len(rows) == PAGE else newest,
        gone[-1][1] if len(gone) == PAGE else newest,
    )
    return Page(
        rows=[row for row in rows if row.seq <= bound],
        cursor=Cursor(cursor.epoch, bound),
        more=bound < newest,
        gone=tuple(id for id, seq in gone if seq <= bound),
    )
