"""JQL: quoting, and moments in a form that means the same whatever zone the account has ("JQL", "Dates").

A quoted date is read in the account's own zone and by the minute. Unquoted milliseconds since 1970
are absolute, on Cloud and on Data Center; the vendor's pages do not say so, others found it. So it
is tried once with an issue whose time is known; where that fails, dates are written in the
account's zone, and the minute is rounded down.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

_BARE = re.compile(r"[0-9]+")
_HOUR = 3_600_000


def quoted(value: str) -> str:
    """A value that holds whatever it holds; ids stay bare."""
    if _BARE.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def among(field: str, values: Sequence[str]) -> str:
    """A field that holds one of some values; nothing where there are none."""
    if not values:
        return ""
    if len(values) == 1:
        return f"{field} = {quoted(values[0])}"
    return f"{field} in ({', '.join(quoted(value) for value in values)})"


def both(*conditions: str) -> str:
    """All of the conditions that there are."""
    return " AND ".join(condition for condition in conditions if condition)


def in_zone(ms: int, zone: tzinfo) -> str:
    """A moment as the account would type it, never later than meant.

    Within the hours that a change of the clocks makes ambiguous it is two hours earlier.
    """

    def local(at: int) -> datetime:
        return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone)

    steady = local(ms - _HOUR).utcoffset() == local(ms).utcoffset() == local(ms + _HOUR).utcoffset()
    return f'"{local(ms if steady else ms - 2 * _HOUR):%Y-%m-%d %H:%M}"'
