"""From a title to the words that tell incidents apart."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_DIGITS = re.compile(r"\d+")
_STOP = frozenset(
    "a an and are as at be but by can cannot for from has have i in is it its my no not of on or our out so that the "
    "their there this to up was we were when will with you your since again some please "
    "af at de den der det en er et for fra har i ikke kan med og om på som til var vi".split()
)
_LONGEST = 500
"""Characters of a title that are read."""


def spelled(text: str) -> frozenset[str]:
    """The distinguishing words of `text`: case and digits do not matter (`db07` is like `db12`), fillers are out."""
    found = set()
    for word in _WORD.findall(_DIGITS.sub("0", text[:_LONGEST].casefold())):
        if word not in _STOP and (len(word) > 1 or not word.isascii()):
            found.add(word)
    return frozenset(found)


@lru_cache(maxsize=8192)
def words_of(text: str) -> frozenset[str]:
    """The same, remembered: for titles that are looked at again and again."""
    return spelled(text)


@lru_cache(maxsize=8192)
def numbers_of(text: str) -> frozenset[str]:
    """The numbers in `text`: which room, host or order it is about."""
    return frozenset(_DIGITS.findall(text[:_LONGEST]))
