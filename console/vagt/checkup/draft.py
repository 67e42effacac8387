"""A backend on its way into the config, each answer checked when it is given, in the config's own words."""

from __future__ import annotations

import shlex
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vagt.adapters.checked import holds_certificates
from vagt.adapters.protocol import Manifest, OptionKind, OptionSpec
from vagt.config import values
from vagt.config.errors import did_you_mean
from vagt.domain import durations


class BadAnswer(ValueError):
    """The answer does not do; the message says why, and what would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One `[[backends]]` table in the making; texts as a person gave them, already checked."""

    adapter: str
    name: str = ""
    url: str = ""
    auth: str = ""
    username: str = ""
    query: str = ""
    ca_bundle: str = ""
    timeout: str | int | float | None = None
    read_only: bool = False
    secret_command: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    def with_option(self, name: str, value: object) -> Draft:
        return replace(self, options={**self.options, name: value})

    def written(self) -> str:
        """The table as it will stand in the config."""
        import tomli_w  # only whoever writes a config needs it

        plain: dict[str, Any] = {"name": self.name, "adapter": self.adapter}
        for key in ("url", "auth", "username", "query", "ca_bundle", "timeout", "read_only"):
            value = getattr(self, key)
            if value not in ("", None, False):
                plain[key] = value
        if self.secret_command:
            plain["secret_command"] = list(self.secret_command)
        text = "[[backends]]\n" + tomli_w.dumps(plain)
        if self.options:
            text += "\n" + tomli_w.dumps({"backends": {"options": self.options}})
        return text


def name(text: str, taken: tuple[str, ...]) -> str:
    """A name that no other backend has. Raises BadAnswer."""
    found = str(_read(values.name, text.strip()))
    if found in taken:
        raise BadAnswer(f"there is a backend called “{found}” already; each needs a name of its own")
    return found


def free_name(wanted: str, taken: tuple[str, ...]) -> str:
    """`wanted`, with a number behind it where it is taken."""
    if wanted not in taken:
        return wanted
    return next(f"{wanted}-{number}" for number in range(2, len(taken) + 3) if f"{wanted}-{number}" not in taken)


def url(text: str) -> str:
    """An http or https address. Raises BadAnswer."""
    return str(_read(values.address, text.strip()))


def plain(text: str) -> str:
    """A line of text. Raises BadAnswer."""
    return str(_read(values.text, text.strip()))


def timeout(text: str) -> str | int:
    """Seconds, or a duration. Raises BadAnswer."""
    word = text.strip()
    number: str | int = int(word) if word.isascii() and word.isdigit() else word
    seconds = _read(values.seconds, number)
    if not isinstance(seconds, float) or seconds < 0.1:
        raise BadAnswer("must be at least 0.1 seconds")
    return number


def certificates(text: str) -> str:
    """The whole path of a file that can be read. Raises BadAnswer."""
    path = Path(text.strip()).expanduser().absolute()
    found = str(_read(values.file, str(path)))
    if not holds_certificates(path):
        raise BadAnswer(f"{found} holds no certificate in PEM form")
    return found


def command(line: str) -> tuple[str, ...]:
    """A program and its arguments as one line; no shell will read it. Raises BadAnswer."""
    import shutil

    try:
        words = shlex.split(line)
    except ValueError as error:
        raise BadAnswer(f"a quotation mark is left open ({error})") from None
    if not words:
        raise BadAnswer("must name a program, as in: pass show vagt/rt")
    if shutil.which(words[0]) is None:
        # not by its name: who mistakes the question for another one has typed the secret here
        raise BadAnswer("there is no program of that name that you may run; check the name and $PATH")
    if Path(words[0]).name in ("echo", "printf"):
        raise BadAnswer("would hold the secret itself, and the config with it; name a program that fetches it")
    return tuple(words)


def one_of(text: str, names: tuple[str, ...]) -> str:
    """One of `names`, by name or by number from 1. Raises BadAnswer."""
    word = text.strip().lower()
    if word.isascii() and word.isdigit() and 1 <= int(word) <= len(names):
        return names[int(word) - 1]
    for known in names:
        if known.lower() == word:
            return known
    raise BadAnswer(f"“{text.strip()}” is none of them; {did_you_mean(word, names, otherwise='there are')}")


def option(facts: Manifest, given: str) -> tuple[str, Any]:
    """The name and value of `NAME=VALUE`. Raises BadAnswer."""
    key, equals, text = given.partition("=")
    key = key.strip()
    known = {spec.name: spec for spec in facts.options}
    if not equals:
        raise BadAnswer(f"“{given}” must be written NAME=VALUE")
    if key not in known:
        raise BadAnswer(f"unknown option “{key}”; {did_you_mean(key, known, otherwise=f'{facts.title} knows')}")
    return key, option_value(known[key], text)


def option_value(spec: OptionSpec, text: str) -> Any:
    """What a person typed, as the option's kind wants it; TOML is understood as well. Raises BadAnswer."""
    word = text.strip()
    value = _of_kind(spec, word)
    for item in value if isinstance(value, list) else [value]:
        if spec.choices and item not in spec.choices:
            raise BadAnswer(f"“{item}” is not known; {did_you_mean(str(item), spec.choices)}")
    return value


def _of_kind(spec: OptionSpec, word: str) -> Any:
    match spec.kind:
        case OptionKind.TEXT:
            return _toml(word, str) or plain(word)
        case OptionKind.INTEGER:
            return _number(word, int, "a whole number")
        case OptionKind.NUMBER:
            return _number(word, float, "a number")
        case OptionKind.FLAG:
            flags = {"true": True, "yes": True, "y": True, "false": False, "no": False, "n": False}
            if word.lower() not in flags:
                raise BadAnswer("must be true or false")
            return flags[word.lower()]
        case OptionKind.LIST:
            return _toml(word, list) or [item.strip() for item in word.split(",") if item.strip()]
        case OptionKind.TABLE:
            return _toml(word, dict) or _pairs(word)
        case OptionKind.DURATION:
            try:
                durations.parse(word)
            except durations.DurationError as error:
                raise BadAnswer(str(error)) from None
            return word


def _number(word: str, kind: type[int] | type[float], words: str) -> int | float:
    try:
        return kind(word)
    except ValueError:
        raise BadAnswer(f"“{word}” is not {words}") from None


def _toml(word: str, kind: type) -> Any:
    """The value where `word` is TOML of that kind, else None."""
    try:
        value = tomllib.loads(f"value = {word}")["value"]
    except (ValueError, RecursionError, KeyError):
        return None
    return value if isinstance(value, kind) else None


def _pairs(word: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in word.split(","):
        key, equals, value = item.partition("=")
        if not equals or not key.strip():
            raise BadAnswer("must be written like first=this, second=that")
        found[key.strip()] = value.strip()
    return found


def _read(reader: Any, value: object) -> object:
    try:
        return reader(value)
    except values.ValueProblem as problem:
        raise BadAnswer(str(problem)) from None
