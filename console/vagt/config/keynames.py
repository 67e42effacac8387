"""Keys as the config writes them and as the screen's toolkit names them."""

from __future__ import annotations

import unicodedata

from vagt.config.errors import did_you_mean

NAMED = (
    "enter", "escape", "tab", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown",
    "up", "down", "left", "right", *(f"f{number}" for number in range(1, 25)),
)  # fmt: skip
_SHORT = {"esc": "escape", "return": "enter", "del": "delete", "pgup": "pageup", "pgdn": "pagedown", "ins": "insert"}
_MODIFIERS = ("ctrl", "alt", "shift")
_PUNCTUATION = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"""Where the toolkit's name differs from the one that Unicode gives the character."""
_KEPT = frozenset({"."})
"""The table of actions writes these as they are."""


class KeyNameError(ValueError):
    """No key is called so; the message offers the nearest name."""


def names(text: str) -> tuple[str, ...]:
    """The keys in `e,f9`, by the toolkit's names; the comma itself is written `comma`. Raises KeyNameError."""
    return tuple(dict.fromkeys(name(part.strip()) for part in text.split(",") if part.strip()))


def name(text: str) -> str:
    """One key by the toolkit's name: `?` is `question_mark`, `Ctrl+D` is `ctrl+d`. Raises KeyNameError."""
    if len(text) == 1:
        return _character(text)
    *modifiers, last = text.split("+") if not text.endswith("++") else [*text[:-2].split("+"), "+"]
    modifiers = [modifier.strip().lower() for modifier in modifiers]
    last = last.strip()
    for modifier in modifiers:
        if modifier not in _MODIFIERS:
            raise KeyNameError(f"“{modifier}” in “{text}” is no modifier; {did_you_mean(modifier, _MODIFIERS)}")
    if not modifiers:
        return _named(last, text)
    base = (last.lower() if "ctrl" in modifiers else last) if len(last) == 1 else last
    key = _character(base) if len(base) == 1 else _named(base, text)
    if modifiers == ["shift"] and len(key) == 1:
        return key.upper()
    return "+".join([*sorted(modifiers, key=_MODIFIERS.index), key])


def _character(text: str) -> str:
    if text.isalnum() or text in _KEPT:
        return text
    if text == " ":
        return "space"
    if not text.isprintable():
        raise KeyNameError("a control character is not the name of a key")
    long = unicodedata.name(text, "").lower().replace("-", "_").replace(" ", "_")
    return _PUNCTUATION.get(long, long)


def _named(word: str, text: str) -> str:
    lowered = word.lower()
    lowered = _SHORT.get(lowered, lowered)
    if lowered in NAMED or lowered in _PUNCTUATION_NAMES:
        return "." if lowered == "full_stop" else lowered
    raise KeyNameError(f"“{text}” is not the name of a key; {_hint(lowered)}")


def _hint(word: str) -> str:
    return did_you_mean(word, (*NAMED, *_PUNCTUATION_NAMES), otherwise="keys are single characters, ctrl+x, or one of")


_PUNCTUATION_NAMES = frozenset(_character(char) for char in "!\"#$%&'()*+,-/:;<=>?@[\\]^_`{|}~") | {"full_stop"}
