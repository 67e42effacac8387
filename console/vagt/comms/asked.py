"""The inputs of an update: what the chosen audiences' templates ask for, in one order, each asked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from vagt.comms import answers as typed
from vagt.comms.audiences import Audience
from vagt.comms.catalogue import CATALOGUE, SURENESS, Name
from vagt.comms.library import Library
from vagt.comms.template import Template
from vagt.domain import moments
from vagt.domain.fields import Choice, FieldKind, FieldSpec
from vagt.domain.incident import Incident

_ORDER = {name.name: position for position, name in enumerate(CATALOGUE)}
_FIRST = (
    "service", "title", "impact_text", "scope", "workaround", "cause", "actions", "people",
    "next_update", "expected", "expected_by", "expected_sure",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One input."""

    key: str
    """`impact_text`, or `impact_text.da` for one language of several."""
    name: Name
    spec: FieldSpec
    """Kind, words, whether it is required, and what stands there unless somebody types."""
    text: str = ""
    """What was typed, as it is shown; empty where nothing was."""
    language: str = ""
    """Of a translated field that is asked in several languages; empty: in the first one."""
    carried: bool = False
    """It was taken over from the last update."""
    problem: str = ""
    """Why what was typed does not do."""

    @property
    def shown(self) -> str:
        """What stands in the input."""
        return self.text or self.spec.default


def templates_for(library: Library, name: str, audiences: Sequence[Audience]) -> tuple[Template, ...]:
    """The template of that name for each audience, each once."""
    found = (library.find(name, audience.side, audience.language) for audience in audiences)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def names_asked(templates: Sequence[Template]) -> tuple[Name, ...]:
    """All fields that they ask for: what, then when, then the rest."""
    names: dict[str, Name] = {}
    for template in templates:
        for asked in template.asks:
            field = template.field(asked)
            if field is not None:
                names.setdefault(asked, field)

    def place(name: Name) -> tuple[int, int]:
        first = _FIRST.index(name.name) if name.name in _FIRST else len(_FIRST)
        return first, _ORDER.get(name.name, len(_ORDER))

    return tuple(sorted(names.values(), key=place))


def languages_of(templates: Sequence[Template], first: str) -> tuple[str, ...]:
    """The languages to be written in, the operator's first where it is among them."""
    found = dict.fromkeys(template.language for template in templates)
    return (*(one for one in found if one == first), *(one for one in found if one != first))


def default_of(name: Name, templates: Sequence[Template], incident: Incident, promised: datetime | None) -> str:
    """What stands in an input before anybody types: canonical text, or ""."""
    if name.name == "next_update":
        return "" if promised is None else moments.rfc3339(promised)
    if name.name == "expected_sure":
        return "likely"
    if given := next((text for template in templates if (text := template.default(name.name))), ""):
        return given
    if name.name == "started":
        return "" if incident.created_at is None else moments.rfc3339(incident.created_at)
    if name.name == "resolved":
        at = incident.resolved_at or incident.closed_at
        return "" if at is None else moments.rfc3339(at)
    if name.name in ("service", "title"):
        return getattr(incident, name.name) or ""
    return ""


def shown(name: Name, text: str, now: datetime, zone: tzinfo | None) -> str:
    """Canonical text as it stands in an input: moments on the clocks of `zone`."""
    if name.kind is FieldKind.TIME and (moment := typed.moment_of({"at": text}, "at")) is not None:
        there, today = moment.astimezone(zone), now.astimezone(zone)
        return f"{there:%H:%M}" if there.date() == today.date() else f"{there:%Y-%m-%dT%H:%M}"
    return text


def inputs(
    templates: Sequence[Template],
    incident: Incident,
    answers: Mapping[str, str],
    problems: Mapping[str, tuple[str, str]],
    *,
    first_language: str,
    promised: datetime | None,
    carried: Mapping[str, str],
    now: datetime,
    zone: tzinfo | None,
) -> tuple[Asked, ...]:
    """Every input of these templates; `problems` has what was typed and does not do, with the reason."""
    needs = {name for template in templates for name in template.needs}
    if promised is None:
        # at this priority there is word on change only
        needs.discard("next_update")
    found = []
    for name in names_asked(templates):
        # only in the languages of those who get to read it
        asking = [template for template in templates if name.name in template.asks]
        languages = languages_of(asking, first_language)
        spoken = languages if name.translated and len(languages) > 1 else languages[:1]
        for position, language in enumerate(spoken):
            key = name.name if position == 0 else f"{name.name}.{language}"
            label = name.label if len(spoken) == 1 else f"{name.label} ({language})"
            default = "" if position else default_of(name, templates, incident, promised)
            spec = FieldSpec(
                name=key,
                label=label,
                kind=name.kind,
                required=position == 0 and (name.name in needs or _follows(name.name, answers)),
                choices=tuple(Choice(one, one) for one in SURENESS) if name.kind is FieldKind.CHOICE else (),
                default=shown(name, default, now, zone),
                help=name.help,
                max_length=name.max_length,
            )
            wrong = problems.get(key)
            text = wrong[0] if wrong else shown(name, answers.get(key, ""), now, zone)
            found.append(
                Asked(
                    key,
                    name,
                    spec,
                    text,
                    language if position else "",
                    carried=key in carried and carried[key] == answers.get(key),
                    problem=wrong[1] if wrong else "",
                )
            )
    return tuple(found)


def _follows(name: str, answers: Mapping[str, str]) -> bool:
    """An expected time wants somebody behind it."""
    return name == "expected_by" and bool(answers.get("expected"))
