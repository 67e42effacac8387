"""Which keys do what: the table of actions with the config's `[keys]` laid over it, as Textual bindings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.binding import Binding

from vagt.config.keymap import effective
from vagt.domain.actions import ACTIONS, Action, Scope

_WORDS = {
    "asterisk": "*",
    "slash": "/",
    "colon": ":",
    "question_mark": "?",
    "full_stop": ".",
    "comma": ",",
    "semicolon": ";",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "exclamation_mark": "!",
    "at": "@",
    "number_sign": "#",
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
}
_TEXTUAL = {".": "full_stop"}


def key_words(key: str) -> str:
    """A Textual key name as people write it: `ctrl+p`, `*`, `esc`."""
    modifier, _, last = key.rpartition("+")
    words = _WORDS.get(last, last)
    return f"{modifier}+{words}" if modifier else words


class Keymap:
    """The keys of every action; the config's word wins over the table's."""

    def __init__(self, overrides: Sequence[tuple[str, tuple[str, ...]]] = ()) -> None:
        self._keys = effective(overrides)

    def keys(self, name: str) -> tuple[str, ...]:
        """Textual's key names for the action called `name`."""
        return self._keys[name]

    def shown(self, name: str) -> str:
        """Its first key as people write it; empty where the config took all its keys away."""
        keys = self._keys[name]
        return key_words(keys[0]) if keys else ""

    def all_shown(self, name: str) -> str:
        """All its keys as people write them."""
        return " ".join(key_words(key) for key in self._keys[name])

    def actions(self, scopes: Iterable[Scope]) -> tuple[Action, ...]:
        """The actions of these scopes in the order of the table."""
        wanted = frozenset(scopes)
        return tuple(action for action in ACTIONS if action.scope in wanted)

    def bindings(self, scopes: Sequence[Scope], without: frozenset[str] = frozenset()) -> list[Binding]:
        """Textual bindings for a screen; where two scopes use one key, the scope named first has it."""
        taken: set[str] = set()
        bindings = []
        for scope in scopes:
            for action in self.actions((scope,)):
                if action.name in without:
                    continue
                free = [key for key in self._keys[action.name] if key not in taken]
                taken.update(free)
                bindings += [
                    Binding(_TEXTUAL.get(key, key), f"act('{action.name}')", action.label, show=False, id=action.name)
                    for key in free
                ]
        return bindings
