"""One reader for each kind of value that the config knows: from what TOML gave to what the settings hold."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from vagt.config.errors import did_you_mean
from vagt.config.secretlike import secret_in_address
from vagt.domain import durations
from vagt.domain.priority import PriorityMatrix


class Kind(StrEnum):
    """What a value must be; the text says it to people."""

    TEXT = "text"
    NAME = "a name of small letters, digits and hyphens"
    FLAG = "true or false"
    SECONDS = "seconds, or a duration like 90s"
    DURATION = "a duration like 90s, 15m, 4h or 2d"
    DURATIONS = "a list of durations like 15m"
    FRACTIONS = "a list of numbers from 0 to 1"
    TEXTS = "a list of texts"
    ARGV = "a list of texts: the program and its arguments"
    ZONE = "an IANA time zone like Europe/Copenhagen"
    ADDRESS = "an address like https://host"
    CHANNEL = "an Apprise address"
    FILE = "the path of a file that can be read"
    QUERY = "a query"
    SORT = "an order"
    LOCAL_TIME = "a date and time without offset, 2026-01-05T08:00:00"
    MATRIX = "three rows of three priorities from 1 to 5"
    HOURS = "a list like Mon-Fri 08:00-16:00"
    HOLIDAYS = "a list of days like 2026-12-25, or paths or addresses of iCalendar files"
    TARGET = "oncall:ROTA, user:NAME, team:NAME, channel:NAME, manager or backend"
    ICAL = "the path or address of an iCalendar file"
    OPTIONS = "a table"
    TABLES = "a list of tables"
    KEYS = "keys, separated by commas"


class ValueProblem(ValueError):
    """The value does not do; the message completes “key …: ”."""


_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_HOURS = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:-(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun))? (\S+)-(\S+)")
_OF_DAY = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")
_UNVERIFIED = re.compile(r"[?&]verify=(?:no?|f(?:alse)?|0|off|never|disabled?|deny)(?:&|$)", re.IGNORECASE)
_TARGETS = ("oncall", "user", "team", "channel")


def type_words(value: object) -> str:
    """The TOML type of `value`, for people."""
    names: tuple[tuple[type, str], ...] = (
        (bool, "true or false"),
        (str, "text"),
        (int, "a whole number"),
        (float, "a number"),
        (datetime, "a date and time"),
        (date, "a date"),
        (list, "a list"),
        (dict, "a table"),
    )
    return next((words for kind, words in names if isinstance(value, kind)), type(value).__name__)


def _wrong(kind: Kind, value: object) -> ValueProblem:
    return ValueProblem(f"must be {kind.value}, not {type_words(value)}")


def text(value: object) -> str:
    """Any text without control characters."""
    if not isinstance(value, str):
        raise _wrong(Kind.TEXT, value)
    if any(ord(char) < 32 and char not in "\n\t" for char in value):
        raise ValueProblem("holds a control character")
    return value


def name(value: object) -> str:
    """`[a-z0-9-]+`, as it stands in references, environment variables and file names."""
    word = text(value)
    if not _NAME.fullmatch(word):
        raise ValueProblem(f"“{word}” must be {Kind.NAME.value}")
    return word


def flag(value: object) -> bool:
    """true or false, nothing that merely looks like it."""
    if not isinstance(value, bool):
        raise _wrong(Kind.FLAG, value)
    return value


def seconds(value: object) -> float:
    """A number of seconds from 0 up, or a duration."""
    if isinstance(value, str):
        return duration(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(Kind.SECONDS, value)
    if not 0 <= value < 1e9:
        raise ValueProblem(f"{value} is not a number of seconds that makes sense")
    return float(value)


def duration(value: object) -> float:
    """Seconds of `90s`, `15m`, `4h`, `2d`."""
    if not isinstance(value, str):
        raise _wrong(Kind.DURATION, value)
    try:
        return durations.parse(value)
    except durations.DurationError as error:
        raise ValueProblem(str(error)) from error


def _list(kind: Kind, value: object) -> list[object]:
    if not isinstance(value, list):
        raise _wrong(kind, value)
    return list(value)


def texts(value: object) -> tuple[str, ...]:
    """A list of texts."""
    items = _list(Kind.TEXTS, value)
    if not all(isinstance(item, str) for item in items):
        raise ValueProblem(f"must be {Kind.TEXTS.value}, and one of them is not text")
    return tuple(text(item) for item in items)


def duration_list(value: object) -> tuple[float, ...]:
    """A list of durations, in seconds."""
    return tuple(duration(item) for item in _list(Kind.DURATIONS, value))


def fractions(value: object) -> tuple[float, ...]:
    """A rising list of numbers from 0 to 1."""
    found: list[float] = []
    for item in _list(Kind.FRACTIONS, value):
        if isinstance(item, bool) or not isinstance(item, int | float) or not 0 < item <= 1:
            raise ValueProblem(f"must be {Kind.FRACTIONS.value}")
        found.append(float(item))
    if found != sorted(found):
        raise ValueProblem("must rise from one to the next")
    return tuple(found)


def argv(value: object) -> tuple[str, ...]:
    """A program and its arguments; no shell reads it."""
    if isinstance(value, str):
        raise ValueProblem('must be a list like ["pass", "show", "vagt/name"]: no shell takes it apart')
    words = texts(value)
    if not words or not words[0]:
        raise ValueProblem("must name a program")
    return words


def zone(value: object) -> str:
    """An IANA zone that this machine's tables know."""
    from zoneinfo import ZoneInfo, available_timezones  # only configs with zones pay for it

    word = text(value)
    try:
        ZoneInfo(word)
    except (OSError, ValueError, LookupError) as error:
        known = sorted(available_timezones())
        hint = did_you_mean(word, known) if known else "this machine has no time zone tables (package tzdata)"
        hint = hint if len(hint) < 200 else "write it like Europe/Copenhagen"
        raise ValueProblem(f"“{word}” is not a time zone; {hint}") from error
    return word


def address(value: object) -> str:
    """An http or https address without user, password or token in it."""
    word = text(value).strip()
    # first of all: the other refusals repeat what stands there
    if "@" in word.partition("://")[2].partition("/")[0]:
        raise ValueProblem("holds a user name or password; put the user in `username` and the secret where secrets go")
    try:
        url = urlsplit(word)
        port_ok = url.port is None or url.port > 0
    except ValueError as error:
        raise ValueProblem(f"“{word}” is not an address: {error}") from error
    found = secret_in_address(word) if url.query else ""
    if found:
        raise ValueProblem(f"holds {found}; a secret never stands in the config")
    if url.scheme not in ("http", "https") or not url.hostname or not port_ok:
        raise ValueProblem(f"“{word}” must be {Kind.ADDRESS.value}")
    if any(char.isspace() for char in word):
        raise ValueProblem("holds white space")
    return word.rstrip("/")


def channel(value: object) -> str:
    """An Apprise address whose secret parts are `{secret}`."""
    word = text(value).strip()
    found = secret_in_address(word)
    if found:
        raise ValueProblem(f"holds {found}; write {{secret}} in its place and keep it where secrets go")
    if not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9+.-]*://.*", word):
        raise ValueProblem(f"must be {Kind.CHANNEL.value} like slack://{{secret}}")
    if _UNVERIFIED.search(word):
        raise ValueProblem("`verify=no`: certificates are always checked; take it out")
    return word


def file(value: object) -> Path:
    """A file that exists and can be read; `~` is the home folder."""
    path = Path(text(value)).expanduser()
    try:
        with path.open("rb") as stream:
            stream.read(1)
    except OSError as error:
        raise ValueProblem(f"cannot read {path}: {error.strerror or error}") from error
    return path


def query(value: object) -> str:
    """A query that parses; kept as text."""
    from vagt.domain.query import QueryError, parse

    word = text(value)
    try:
        parse(word)
    except QueryError as error:
        raise ValueProblem(f"the query “{word}” cannot be read: {error}") from error
    return word


def sort(value: object) -> str:
    """An order that parses; kept as text."""
    from vagt.domain.ordering import parse_sort
    from vagt.domain.query import QueryError

    word = text(value)
    try:
        parse_sort(word)
    except QueryError as error:
        raise ValueProblem(f"the order “{word}” cannot be read: {error}") from error
    return word


def local_time(value: object) -> datetime:
    """A date and time on the clocks of the table's zone."""
    if not isinstance(value, datetime):
        raise _wrong(Kind.LOCAL_TIME, value)
    if value.tzinfo is not None:
        raise ValueProblem("must be local time of the table's `timezone`, without an offset")
    return value


def matrix(value: object) -> PriorityMatrix:
    """The priority matrix: row = impact, column = urgency."""
    rows = _list(Kind.MATRIX, value)
    if not all(isinstance(row, list) and all(type(cell) is int for cell in row) for row in rows):
        raise _wrong(Kind.MATRIX, value)
    try:
        return PriorityMatrix(tuple(tuple(row) for row in rows))  # type: ignore[arg-type,misc]
    except ValueError as error:
        raise ValueProblem(str(error)) from error


def hours(value: object) -> tuple[str, ...]:
    """Spans like `Mon-Fri 08:00-16:00`."""
    spans = texts(value)
    for span in spans:
        match = _HOURS.fullmatch(span)
        if match is None or not all(_OF_DAY.fullmatch(part) for part in match.groups()):
            raise ValueProblem(f"“{span}” is not written like Mon-Fri 08:00-16:00")
        if match[1] >= match[2]:
            raise ValueProblem(f"“{span}” ends before it begins; write two spans where it passes midnight")
    return spans


def holidays(value: object) -> tuple[date | str, ...]:
    """Days, and paths or addresses of iCalendar files."""
    return tuple(_holiday(item) for item in _list(Kind.HOLIDAYS, value))


def _holiday(item: object) -> date | str:
    if isinstance(item, date) and not isinstance(item, datetime):
        return item
    word = text(item)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", word):
        try:
            return date.fromisoformat(word)
        except ValueError as error:
            raise ValueProblem(f"“{word}” is not a day") from error
    return ical(word)


def ical(value: object) -> str:
    """An address, or a path; whether it can be read shows when it is used."""
    word = text(value)
    if "://" in word:
        # `webcal` is how calendars are handed out for subscribing; it is HTTPS by another name
        return address(re.sub(r"\Awebcals?://", "https://", word, flags=re.IGNORECASE))
    if not word.endswith((".ics", ".ical", ".ifb")) and os.sep not in word:
        raise ValueProblem(f"“{word}” is neither a day like 2026-12-25 nor an iCalendar file")
    return word


def target(value: object) -> str:
    """Who a step goes to."""
    word = text(value)
    kind, colon, who = word.partition(":")
    if word in ("manager", "backend") or (colon and who and kind in _TARGETS):
        return word
    raise ValueProblem(f"“{word}” must be {Kind.TARGET.value}")


def options(value: object) -> dict[str, object]:
    """A table whose keys another part of the program knows."""
    if not isinstance(value, dict):
        raise _wrong(Kind.OPTIONS, value)
    return value


def tables(value: object) -> list[dict[str, object]]:
    """A list of tables."""
    items = _list(Kind.TABLES, value)
    if not all(isinstance(item, dict) for item in items):
        raise _wrong(Kind.TABLES, value)
    return items  # type: ignore[return-value]


READERS: dict[Kind, Callable[[object], object]] = {
    Kind.TEXT: text,
    Kind.NAME: name,
    Kind.FLAG: flag,
    Kind.SECONDS: seconds,
    Kind.DURATION: duration,
    Kind.DURATIONS: duration_list,
    Kind.FRACTIONS: fractions,
    Kind.TEXTS: texts,
    Kind.ARGV: argv,
    Kind.ZONE: zone,
    Kind.ADDRESS: address,
    Kind.CHANNEL: channel,
    Kind.FILE: file,
    Kind.QUERY: query,
    Kind.SORT: sort,
    Kind.LOCAL_TIME: local_time,
    Kind.MATRIX: matrix,
    Kind.HOURS: hours,
    Kind.HOLIDAYS: holidays,
    Kind.TARGET: target,
    Kind.ICAL: ical,
    Kind.OPTIONS: options,
    Kind.TABLES: tables,
}
