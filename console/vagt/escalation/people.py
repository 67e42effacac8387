"""Who there is: names and aliases, the management line, and how each is reached."""

from __future__ import annotations

from collections.abc import Iterable

from vagt.config.response import PersonSettings


class People:
    """The people of the config, found by any of their names."""

    def __init__(self, people: Iterable[PersonSettings]) -> None:
        self._people = tuple(people)
        self._by_name: dict[str, PersonSettings] = {}
        for person in self._people:
            for name in (person.name, *person.aliases, person.full_name):
                if name:
                    self._by_name.setdefault(name.casefold(), person)

    def find(self, name: str | None) -> PersonSettings | None:
        """Whoever is called so, by name, alias or full name, in any case; None: nobody of the config."""
        return self._by_name.get(name.casefold()) if name else None

    def named_in(self, text: str) -> PersonSettings | None:
        """Whoever is named in a text such as the title of an iCalendar event; the longest name wins."""
        exact = self.find(text.strip())
        if exact is not None:
            return exact
        folded = text.casefold()
        hits = [name for name in self._by_name if _holds_word(folded, name)]
        return self._by_name[max(hits, key=len)] if hits else None

    def same(self, one: str | None, other: str | None) -> bool:
        """Whether two names mean the same person."""
        if not one or not other:
            return False
        found = self.find(one)
        return one.casefold() == other.casefold() or (found is not None and found is self.find(other))

    def manager(self, name: str | None, up: int = 1) -> PersonSettings | None:
        """Who is `up` steps above that person in the management line; None where the line ends before."""
        person = self.find(name)
        for _ in range(up):
            if person is None:
                return None
            person = self.find(person.manager)
        return person

    def full_name(self, name: str) -> str:
        """For people to read; the name itself where the config has no more."""
        person = self.find(name)
        return person.full_name if person is not None and person.full_name else name

    def channels(self, name: str) -> tuple[str, ...]:
        """How to reach that person, in the order to try."""
        person = self.find(name)
        return () if person is None else person.channels


def _holds_word(text: str, word: str) -> bool:
    start = text.find(word)
    while start >= 0:
        before = text[start - 1 : start]
        after = text[start + len(word) : start + len(word) + 1]
        if not (before.isalnum() or after.isalnum()):
            return True
        start = text.find(word, start + 1)
    return False
