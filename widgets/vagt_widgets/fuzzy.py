"""Scores how well a few typed letters fit a label, for pickers and palettes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PickItem:
    """One thing that can be picked."""

    id: str
    """What the caller gets back; never shown."""
    label: str
    detail: str = ""
    """What tells two of the same label apart; searched too."""
    uses: int = 0
    """How often it was picked before: those come first where the fit is the same."""


def score(needle: str, text: str) -> int | None:
    """How well `needle` fits `text`, the higher the better; None where it does not.

    Every word of the needle must occur, in any order: as letters in sequence. Whole words, word
    beginnings and unbroken runs count most. Case does not matter. Digits only fit in one run:
    whoever types a number means that number.
    """
    total = 0
    folded = text.casefold()
    for word in needle.casefold().split():
        best = _score_word(word, folded)
        if best is None:
            return None
        total += best
    return total


def _score_word(word: str, text: str) -> int | None:
    at = text.find(word)
    if at >= 0:
        starts = at == 0 or not text[at - 1].isalnum()
        end = at + len(word)
        whole = starts and (end == len(text) or not text[end].isalnum())
        return 1_000 - min(at, 100) + (400 if starts else 0) + (200 if whole else 0) + (200 if at == 0 else 0)
    if word.isdecimal():
        return None
    position = -1
    gaps = 0
    bonus = 0
    for letter in word:
        found = text.find(letter, position + 1)
        if found < 0:
            return None
        if found == 0 or not text[found - 1].isalnum():
            bonus += 40
        elif position >= 0 and found > position + 1:
            gaps += min(found - position - 1, 20)
        position = found
    return max(1, 300 + bonus - gaps * 10)


def rank(needle: str, items: Sequence[PickItem], limit: int = 200) -> list[PickItem]:
    """The items that fit, best first; with nothing typed the most used first, then as given."""
    if not needle.strip():
        return sorted(items, key=lambda item: -item.uses)[:limit]
    scored: list[tuple[int, int, int, PickItem]] = []
    for order, item in enumerate(items):
        by_label = score(needle, item.label)
        value = by_label if by_label is not None else score(needle, f"{item.label} {item.detail}")
        if value is None:
            continue
        if by_label is None:
            value = value // 2
        scored.append((-value // 50, -item.uses, order, item))
    scored.sort(key=lambda entry: entry[:3])
    return [entry[3] for entry in scored[:limit]]
