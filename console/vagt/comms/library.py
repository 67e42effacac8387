"""All templates and words: those that ship with Vagt, and the user's own over them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from vagt.comms import template as templates
from vagt.comms import words as wording
from vagt.comms.template import Side, Template, TemplateError
from vagt.comms.words import Words

FOLDER = "templates"
"""Beside the config file: the user's own."""
LANGUAGE = "en"
"""What every shipped template exists in."""
STAGES: tuple[str, ...] = ("investigating", "identified", "monitoring", "resolved")
"""The course of an incident, as those affected are told it."""
ORDER: tuple[str, ...] = (
    *STAGES, "still-working", "workaround", "maintenance", "executive-summary", "hand-over", "post-incident-summary",
)  # fmt: skip
_SHIPPED = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class Library:
    """What there is to choose from; what could not be read stands in `problems`, in words."""

    templates: dict[tuple[str, Side, str], Template]
    words: dict[str, Words]
    problems: tuple[str, ...] = ()
    languages: tuple[str, ...] = field(default=())

    def names(self) -> tuple[str, ...]:
        """Every template's name, in the order in which an incident needs them."""
        found = {name for name, _, _ in self.templates}
        return (*(name for name in ORDER if name in found), *sorted(found - set(ORDER)))

    def find(self, name: str, side: Side, language: str) -> Template | None:
        """The template for that kind of audience in that language, else in English; None where there is none."""
        for spoken in _fallbacks(language):
            if found := self.templates.get((name, side, spoken)):
                return found
        return None

    def words_for(self, language: str) -> Words:
        """The words of that language, else the English ones."""
        return next(self.words[spoken] for spoken in _fallbacks(language) if spoken in self.words)

    def all(self) -> tuple[Template, ...]:
        """Every template, by name, kind of audience and language."""
        order = {name: position for position, name in enumerate(self.names())}
        return tuple(sorted(self.templates.values(), key=lambda one: (order[one.name], one.side, one.language)))


def _fallbacks(language: str) -> tuple[str, ...]:
    """`de-AT` may also read `de`, and everybody English."""
    return tuple(dict.fromkeys((language, language.partition("-")[0], LANGUAGE)))


def load(config: Path | None) -> Library:
    """The shipped ones, and over them those of the folder beside the config file; a broken one stands in `problems`."""
    found: dict[tuple[str, Side, str], Template] = {}
    words: dict[str, Words] = {}
    problems: list[str] = []
    for path in sorted(_SHIPPED.iterdir()):
        _take(path, found, words, shipped=True)
    for path in _own(config, problems):
        try:
            _take(path, found, words, shipped=False)
        except (TemplateError, ValueError) as error:
            problems.append(str(error) if isinstance(error, TemplateError) else f"{path}: {error}")
        except OSError as error:
            problems.append(f"{path}: cannot be read: {error.strerror or error}")
    return Library(found, words, tuple(problems), tuple(sorted({language for _, _, language in found})))


def folder(config: Path | None) -> Path | None:
    """Where the user's own templates are looked for."""
    return None if config is None else config.parent / FOLDER


def _own(config: Path | None, problems: list[str]) -> Iterable[Path]:
    place = folder(config)
    if place is None or not place.is_dir():
        return ()
    try:
        return [path for path in sorted(place.iterdir()) if path.suffix in (".j2", ".toml") and path.is_file()]
    except OSError as error:
        problems.append(f"{place}: cannot be read: {error.strerror or error}")
        return ()


def _take(path: Path, found: dict[tuple[str, Side, str], Template], words: dict[str, Words], *, shipped: bool) -> None:
    if path.suffix == ".j2":
        one = templates.parse(path.read_text(encoding="utf-8"), path, shipped=shipped)
        found[one.key] = one
    elif path.name.startswith("words.") and path.suffix == ".toml":
        language = path.name.removeprefix("words.").removesuffix(".toml")
        base = words.get(language) or words.get(LANGUAGE)
        words[language] = wording.read(path, language, base)
