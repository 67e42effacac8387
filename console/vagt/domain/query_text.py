"""Text made comparable: upper and lower case, and the two ways of writing é, are the same."""

from __future__ import annotations

from unicodedata import normalize

from vagt.domain.incident import Incident


def fold(text: str) -> str:
    """`text` for comparing, in any script."""
    if text.isascii():
        return text.lower()
    return normalize("NFC", text.casefold())


def haystack(incident: Incident) -> str:
    """All text of an incident that a bare word is looked for in, folded; its parts never run together."""
    return fold(
        f"{incident.title}\n{incident.number}\n{incident.service or ''}\n{incident.caller or ''}\n"
        f"{incident.assignee or ''}\n{incident.assignee_name or ''}\n{incident.team or ''}\n{incident.description}"
    )


def natural(text: str) -> str:
    """`text` so that digits in it compare by their value."""
    out: list[str] = []
    digits = ""
    for char in fold(text) + "\0":
        if "0" <= char <= "9":
            digits += char
            continue
        if digits:
            value = digits.lstrip("0")
            out.append(f"0{chr(min(len(value), 0xFFFF) + 1)}{value}")
            digits = ""
        out.append(char)
    return "".join(out[:-1])
