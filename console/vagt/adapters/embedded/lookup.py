"""Looking up people, teams, services, codes, problems and changes."""

from __future__ import annotations

from vagt.adapters.embedded.desk import ServiceDesk
from vagt.adapters.protocol import NotFoundError
from vagt.domain.directory import DirectoryEntry, DirectoryKind
from vagt.domain.incident import LinkKind

LIMIT = 500


def looked_up(desk: ServiceDesk, kind: DirectoryKind, text: str, within: str | None) -> tuple[DirectoryEntry, ...]:
    """All entries of a kind in which every word of `text` stands; people only of the team `within`."""
    words = text.casefold().split()
    found = (
        entry
        for entry in _entries(desk, kind, within)
        if all(word in f"{entry.id} {entry.name} {entry.detail}".casefold() for word in words)
    )
    return tuple(entry for entry, _ in zip(found, range(LIMIT), strict=False))


def _entries(desk: ServiceDesk, kind: DirectoryKind, within: str | None) -> list[DirectoryEntry]:
    organisation = desk.organisation
    match kind:
        case DirectoryKind.PERSON:
            members = None
            if within:
                team = organisation.team(within)
                if team is None:
                    raise NotFoundError(f"There is no team “{within}”.")
                members = {*team.members, team.lead}
            return [
                DirectoryEntry(
                    person.login,
                    person.name,
                    ", ".join(part for part in (*organisation.teams_of(person.login), person.mail) if part),
                )
                for person in organisation.people
                if members is None or person.login in members
            ]
        case DirectoryKind.TEAM:
            return [DirectoryEntry(team.name, team.name, f"{len(team.members)} people") for team in organisation.teams]
        case DirectoryKind.SERVICE:
            return [DirectoryEntry(s.name, s.name, s.team or "") for s in organisation.services]
        case DirectoryKind.CATEGORY:
            return [DirectoryEntry(name, name) for name in organisation.categories]
        case DirectoryKind.RESOLUTION_CODE:
            return [DirectoryEntry(code, words) for code, words in organisation.codes]
        case DirectoryKind.HOLD_REASON:
            return [DirectoryEntry(code, words) for code, words in organisation.reasons]
        case DirectoryKind.PROBLEM:
            return _records(desk, LinkKind.PROBLEM)
        case DirectoryKind.CHANGE:
            return _records(desk, LinkKind.CHANGE)


def _records(desk: ServiceDesk, kind: LinkKind) -> list[DirectoryEntry]:
    return [DirectoryEntry(record.number, record.title, record.state) for record in desk.store.records(kind)]
