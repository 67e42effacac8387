"""A line in a note that every console can read back, whatever the backend did to the note meanwhile.

Backends turn notes into HTML and back, wrap them, quote them in mails and cut them short. A marker
is therefore plain ASCII, survives any change of white space between its parts, and carries a
checksum: what was mangled or typed by hand is no marker.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from urllib.parse import quote, unquote

_SAFE = "-._~:@+"
_MARKER = re.compile(
    r"\[vagt\s+(?P<kind>[a-z][a-z0-9-]*)(?P<values>(?:\s+[a-z][a-z0-9_-]*=[A-Za-z0-9._~:@+%-]*)*)\s+#(?P<sum>[0-9a-f]{8})\]"
)
_NAME = re.compile(r"[a-z][a-z0-9_-]*\Z")
_KIND = re.compile(r"[a-z][a-z0-9-]*\Z")


@dataclass(frozen=True, slots=True)
class Marker:
    """What one console wants every other to know."""

    kind: str
    values: tuple[tuple[str, str], ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """The first value of that name."""
        return next((value for key, value in self.values if key == name), default)


def line(marker: Marker) -> str:
    """The marker as it stands in a note. Raises ValueError for a kind or name that no marker can have."""
    body = _body(marker)
    return f"[{body} #{_checksum(body)}]"


def find(text: str) -> tuple[Marker, ...]:
    """All whole markers of a text, in its order; anything else is only text."""
    return tuple(marker for match in _MARKER.finditer(text) if (marker := _read(match)) is not None)


def without(text: str) -> str:
    """The text for people: the same, with its markers left out."""
    rest = _MARKER.sub(lambda match: "" if _read(match) is not None else match.group(), text)
    return rest.strip() if rest != text else text


def _body(marker: Marker) -> str:
    if not _KIND.match(marker.kind):
        raise ValueError(f"no marker can be of the kind “{marker.kind}”")
    parts = ["vagt", marker.kind]
    for name, value in marker.values:
        if not _NAME.match(name):
            raise ValueError(f"no value of a marker can be called “{name}”")
        parts.append(f"{name}={quote(value, safe=_SAFE)}")
    return " ".join(parts)


def _read(match: re.Match[str]) -> Marker | None:
    pairs = (part.partition("=") for part in match["values"].split())
    marker = Marker(match["kind"], tuple((name, unquote(value, errors="replace")) for name, _, value in pairs))
    return marker if _checksum(_body(marker)) == match["sum"] else None


def _checksum(body: str) -> str:
    """Against mangling, not against forgery: who wrote a note is the backend's to say."""
    return f"{zlib.crc32(body.encode()):08x}"
