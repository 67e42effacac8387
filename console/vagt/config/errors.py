"""What is wrong with a config, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class ConfigError(Exception):
    """The config cannot be used; the message names file, line and key, and tells the remedy."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The one of `known` that `word` was probably meant to be; empty where none is near."""
    lowered = {name.lower(): name for name in known}
    found = get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return lowered[found[0]] if found else ""


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str = "known are") -> str:
    """A sentence that offers the nearest name, or all of them where none is near."""
    names = list(known)
    near = nearest(word, names)
    if near:
        return f"did you mean “{near}”?"
    return f"{otherwise}: {', '.join(names) or 'none'}"
