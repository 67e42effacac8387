"""Writes docs/backends/README.md from the manifests, and the promises in docs/adapters.md from the kit.

`python -m vagt.adapters.docs [FOLDER]`
"""

from __future__ import annotations

import sys
from pathlib import Path

from vagt.adapters.protocol import Manifest
from vagt.adapters.registry import installed, manifest
from vagt.domain.capability import Capability

_ABILITIES = {
    Capability.ACKNOWLEDGE: "acknowledge",
    Capability.TAKE: "take",
    Capability.ASSIGN_PERSON: "assign to a person",
    Capability.ASSIGN_TEAM: "assign to a team",
    Capability.SET_PRIORITY: "set the priority",
    Capability.SET_IMPACT_URGENCY: "set impact and urgency",
    Capability.HOLD: "hold",
    Capability.SNOOZE: "snooze (kept in the backend; else in the console)",
    Capability.NOTE: "internal note",
    Capability.COMMENT: "public comment",
    Capability.RESOLVE: "resolve",
    Capability.CLOSE: "close",
    Capability.REOPEN: "reopen",
    Capability.TRANSITION: "transitions of its own",
    Capability.CREATE: "register a new one",
    Capability.LINK: "link",
    Capability.MERGE: "merge a duplicate",
    Capability.MAJOR: "declare a major incident",
    Capability.ESCALATE: "escalate",
    Capability.ONCALL: "who is on call",
    Capability.TIMELINE: "timeline",
    Capability.SLA: "deadlines of its own",
    Capability.ATTACH: "files: list, read, attach",
    Capability.JOURNAL: "mail those affected through a journal of its own",
    Capability.STATUS: "status updates to subscribers",
}
_BEGIN, _END = "<!-- promises -->\n", "<!-- /promises -->"

_INTRODUCTION = """\
# Backends

What each system can do through Vagt. One account may be able to do less: Vagt finds out when it signs in, and says why
instead of offering a form. `vagt adapters NAME` prints the options; a page of its own tells how to connect each.
[Write an adapter](../adapters.md) for a system that is not here. This page is written by
`python -m vagt.adapters.docs`.

"""


def backends() -> str:
    """The text of docs/backends/README.md."""
    facts = [manifest(info.name) for info in installed() if info.is_ours]
    rows = [
        ["", *(f"[{one.title}]({one.name}.md)" for one in facts)],
        ["---", *(":---:" for _ in facts)],
        *([words, *("✓" if ability in one.capabilities else "–" for one in facts)] for ability, words in _abilities()),
        ["`adapter`", *(f"`{one.name}`" for one in facts)],
        ["signs in by", *(_ways(one) for one in facts)],
        ["a comment is mailed at once", *("yes" if one.comment_notifies else "no" for one in facts)],
    ]
    text = _INTRODUCTION + "".join(f"| {' | '.join(row)} |\n" for row in rows)
    for one in facts:
        if one.quirks:
            text += f"\n**{one.title}:** {' '.join(one.quirks)}\n"
    return text


def _abilities() -> list[tuple[Capability, str]]:
    return [(ability, _ABILITIES[ability]) for ability in Capability]


def _ways(one: Manifest) -> str:
    return ", ".join(f"`{way.name}`" for way in one.auth)


def promises() -> str:
    """What the kit checks, as Markdown."""
    from vagt.adapters.conformance import CHECKS  # the kit is no part of listing backends

    return "| check | level | promise |\n| --- | --- | --- |\n" + "".join(
        f"| `{check.name}` | {check.level.name.lower()} | {' '.join(check.promise.split())} |\n" for check in CHECKS
    )


def with_promises(page: str) -> str:
    """docs/adapters.md with its table of promises brought up to date."""
    before, _, rest = page.partition(_BEGIN)
    return f"{before}{_BEGIN}{promises()}{_END}{rest.partition(_END)[2]}"


def main(folder: Path) -> None:
    """Write both into `folder`."""
    (folder / "backends" / "README.md").write_text(backends(), encoding="utf-8")
    page = folder / "adapters.md"
    page.write_text(with_promises(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
