"""Turns the difference between two screens into as few bytes as a terminal needs to show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from operator import ne

from vagt_widgets.cell_grid import PLAIN, Cell, Pen, Row

ERASE_FROM = 9
"""Blanks in a row from which erasing costs less than writing them."""
REWRITE_GAP = 4
"""Unchanged cells that are cheaper to write again than to jump over."""
MOVED_ROWS = 4
"""Changed rows from which it is worth asking whether they have only moved."""


def transition(old: Pen | None, new: Pen) -> str:
    """The shortest SGR (and OSC 8) sequence that takes the terminal from one pen to another; None: unknown."""
    if old is new:
        return ""
    link = ""
    if new.link != (old.link if old is not None else ""):
        link = new.link or "\x1b]8;;\x1b\\"
    codes = [code for code in (*new.attributes, new.foreground, new.background) if code]
    full = "\x1b[0;" + ";".join(codes) + "m" if codes else "\x1b[m"
    if old is None or not set(old.attributes) <= set(new.attributes):
        return link + full
    steps = [code for code in new.attributes if code not in old.attributes]
    if new.foreground != old.foreground:
        steps.append(new.foreground or "39")
    if new.background != old.background:
        steps.append(new.background or "49")
    short = "\x1b[" + ";".join(steps) + "m" if steps else ""
    return link + (short if len(short) < len(full) else full)


def _unsure(text: str) -> bool:
    """Terminals may disagree on how wide this is, so where the next cell goes has to be said."""
    if len(text) != 1:
        return bool(text)
    code = ord(text)
    return not (
        code < 0x2300
        or 0x2500 <= code < 0x25B0
        or 0x2800 <= code < 0x2900
        or 0x3000 <= code < 0xA000
        or 0xAC00 <= code < 0xD7A4
        or 0xFF01 <= code < 0xFFE7
    )


class Encoder:
    """Writes one frame: keeps where the terminal's cursor and pen are while doing so."""

    def __init__(self, erase: bool = True) -> None:
        self._erase = erase
        self._out: list[str] = []
        self._at: tuple[int, int] | None = None
        """Row and column of the terminal's cursor; column -1: somewhere in that row; None: anywhere."""
        self._pen: Pen | None = PLAIN
        self._transitions: dict[tuple[Pen | None, Pen], str] = {}

    def text(self) -> str:
        """The frame, ending with the terminal's pen back at plain."""
        if self._out and self._pen is not PLAIN:
            self._out.append(self._step(PLAIN))
            self._pen = PLAIN
        return "".join(self._out)

    def raw(self, sequence: str) -> None:
        """Write something that leaves the cursor anywhere."""
        self._out.append(sequence)
        self._at = None

    def _step(self, pen: Pen) -> str:
        key = (self._pen, pen)
        step = self._transitions.get(key)
        if step is None:
            step = self._transitions[key] = transition(*key)
        return step

    def _go(self, y: int, x: int) -> None:
        if self._at == (y, x):
            return
        if self._at is not None and self._at[0] == y:
            here = self._at[1]
            if here < 0 or here > x:
                self._out.append(f"\x1b[{x + 1}G")
            else:
                self._out.append("\x1b[C" if x - here == 1 else f"\x1b[{x - here}C")
        else:
            self._out.append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")
        self._at = (y, x)

    def row(self, y: int, old: Row, new: Row) -> None:
        """Write what differs in one row."""
        if old == new:
            return
        width = len(new)
        x = 0
        while x < width:
            if old[x] == new[x] or new[x] is None:
                x += 1
                continue
            if x and _continues(new[x]):
                # The left half did not change, yet the right half did: both are written.
                x -= 1
            end = x + 1
            gap = 0
            for ahead in range(x + 1, width):
                cell, last = new[ahead], new[end - 1]
                if cell is None or last is None:
                    break
                if old[ahead] != cell or _continues(cell):
                    end, gap = ahead + 1, 0
                    continue
                gap += 1
                if gap > REWRITE_GAP or cell[1] is not last[1]:
                    break
            self._run(y, x, new[x:end], width)
            x = end

    def _run(self, y: int, x: int, run: Sequence[Cell], width: int) -> None:
        self._go(y, x)
        start = 0
        while start < len(run):
            cell = run[start]
            assert cell is not None
            pen = cell[1]
            end = start + 1
            while end < len(run) and (ahead := run[end]) is not None and ahead[1] is pen:
                end += 1
            if pen is not self._pen:
                self._out.append(self._step(pen))
                self._pen = pen
            self._span(y, x + start, [part[0] for part in run[start:end] if part is not None], pen, width)
            start = end

    def _span(self, y: int, x: int, texts: list[str], pen: Pen, width: int) -> None:
        """Write cells of one pen: long blanks are erased, doubtful widths are followed by a jump."""
        self._go(y, x)
        end = len(texts)
        at = 0
        while at < end:
            if texts[at] == " " and pen.erases and self._erase:
                stop = at
                while stop < end and texts[stop] == " ":
                    stop += 1
                if stop - at >= ERASE_FROM:
                    self._go(y, x + at)
                    self._out.append(f"\x1b[{stop - at}X")
                    at = stop
                    continue
            text = texts[at]
            self._go(y, x + at)
            self._out.append(text)
            at += 1
            while at < end and texts[at] == "":
                at += 1
            # A terminal that is past the last column has its cursor still on it.
            known = x + at < width and not _unsure(text)
            self._at = (y, x + at if known else -1)


def _continues(cell: Cell) -> bool:
    return cell is not None and cell[0] == ""


def _look(row: Row, left: int, right: int) -> str:
    return "".join([cell[0] for cell in row[left:right] if cell is not None])


def find_shift(old: Sequence[Row], new: Mapping[int, Row]) -> tuple[int, int, int] | None:
    """Whether changed rows have only moved: (first row, last row, by how many they went up); None: no.

    Looked at is the left part without its edge, where lists have their text and no signs.
    """
    changed = [y for y, row in new.items() if row != old[y]]
    if len(changed) < MOVED_ROWS:
        return None
    top, bottom = min(changed), max(changed)
    width = len(old[0])
    left, right = min(2, width), max(3, width * 2 // 5)
    was: dict[str, int] = {}
    for y in range(top, bottom + 1):
        look = _look(old[y], left, right)
        if look.strip():
            was.setdefault(look, y)
    votes = Counter(
        shift for y in changed if (origin := was.get(_look(new[y], left, right))) is not None and (shift := origin - y)
    )
    if not votes:
        return None
    shift, count = votes.most_common(1)[0]
    return (top, bottom, shift) if count * 2 > len(changed) and abs(shift) <= bottom - top else None


def shifted(old: Sequence[Row], top: int, bottom: int, up: int) -> list[Row]:
    """The screen after its rows `top` to `bottom` went up by `up` (down where negative)."""
    rows = list(old)
    body = rows[top : bottom + 1]
    blank: list[Row] = [[None] * len(old[0]) for _ in range(abs(up))]
    rows[top : bottom + 1] = body[up:] + blank if up > 0 else blank + body[:up]
    return rows


def shift_sequence(top: int, bottom: int, up: int) -> str:
    """Deleting or inserting lines inside margins moves rows on every terminal since the VT102."""
    return f"\x1b[{top + 1};{bottom + 1}r\x1b[{top + 1}H\x1b[{abs(up)}{'M' if up > 0 else 'L'}\x1b[r"


def _cost(old: Row, new: Row) -> int:
    """About how many bytes one row takes: a jump, and a byte for each cell that is written."""
    if old[0] is None:
        return 12 + sum(cell is not None and cell[0] != " " for cell in new)
    cells = sum(map(ne, old, new))
    return cells + 8 if cells else 0


def encode(old: Sequence[Row], new: Mapping[int, Row], *, erase: bool = True, scroll: bool = True) -> str:
    """What to write so that the rows in `new` replace those in `old`; empty where nothing differs."""
    moved = find_shift(old, new) if scroll else None
    encoder = Encoder(erase)
    if moved is not None:
        top, bottom, _ = moved
        base = shifted(old, *moved)
        wanted = {y: new.get(y, old[y]) for y in sorted({*new, *range(top, bottom + 1)})}
        # Another pane beside the list would have to be written again, so moving has to pay.
        after = sum(_cost(base[y], row) for y, row in wanted.items())
        if after < sum(_cost(old[y], row) for y, row in new.items()):
            encoder.raw(shift_sequence(*moved))
            old, new = base, wanted
    for y in sorted(new):
        encoder.row(y, old[y], new[y])
    return encoder.text()
