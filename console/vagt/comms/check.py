"""Tries every template on sample incidents, and says in words what would go wrong at three in the morning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vagt.comms import leaks, samples
from vagt.comms.audiences import Audience, audiences_of
from vagt.comms.catalogue import Origin
from vagt.comms.contents import Situation
from vagt.comms.library import Library
from vagt.comms.message import compose
from vagt.comms.rendering import check_names
from vagt.comms.sizes import limits_of
from vagt.comms.template import Side, Template, TemplateError
from vagt.config.response import AudienceSettings
from vagt.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Checked:
    """One template, and what is wrong with it."""

    template: Template
    problems: tuple[str, ...]
    longest: int
    """Characters of the longest text that it made."""
    withheld: tuple[str, ...] = ()
    """Audiences that it is not for: their `fields` leave out something that it needs. A choice, no fault."""


def check(template: Template, library: Library, settings: Settings) -> Checked:
    """With all fields and with the needed ones only, on every sample, for a usual audience and those of the config."""
    try:
        check_names(template)
    except TemplateError as error:
        return Checked(template, (str(error),), 0)
    problems: dict[str, None] = {}
    longest = 0
    withheld: list[str] = []
    for audience in _audiences(template, settings):
        hidden = _hidden(template, audience)
        if hidden:
            withheld.append(f"not for {audience.name}, who may not see {hidden}")
            continue
        for incident in samples.INCIDENTS:
            for needed_only in (False, True):
                answers = _answers(template, needed_only=needed_only)
                # with the needed fields only it is the first word, with all of them one of many
                updates = () if needed_only else samples.updates_to(audience.name)
                situation = samples.situation(incident, answers, updates)
                words, size = _tried(template, audience, situation, library=library, settings=settings)
                longest = max(longest, size)
                if words:
                    problems[f"for {audience.name}: {words}" if audience.channels else words] = None
    return Checked(template, tuple(problems), longest, tuple(withheld))


def check_all(library: Library, settings: Settings) -> tuple[Checked, ...]:
    """All of the library, in its order."""
    return tuple(check(template, library, settings) for template in library.all())


def _tried(
    template: Template, audience: Audience, situation: Situation, *, library: Library, settings: Settings
) -> tuple[str, int]:
    internal = leaks.gather(situation.incident, samples.TIMELINE, settings)
    alone = replace(library, templates={template.key: template})
    spoken = replace(audience, language=template.language)
    made = compose(situation, spoken, template.name, alone, internal, limits=limits_of(settings))
    problem = made.problem
    if made.missing:
        problem = f"it tells “{made.missing}”, which it neither needs nor does without"
    return problem, len(made.text)


def _answers(template: Template, *, needed_only: bool) -> dict[str, str]:
    found = {}
    for name in template.asks:
        if needed_only and name not in template.needs:
            continue
        field = template.field(name)
        if field is None or (field.origin is Origin.INCIDENT and name not in samples.ANSWERS):
            continue
        found[name] = samples.ANSWERS.get(name) or samples.answer_for(field.kind)
    return found


def _hidden(template: Template, audience: Audience) -> str:
    """What it needs and an allow-list of the config leaves out; nothing where the audience has no list."""
    if audience.every_own:
        return ""
    return ", ".join(name for name in template.asks if name in template.needs and name not in audience.allowed)


def _audiences(template: Template, settings: Settings) -> Sequence[Audience]:
    """A usual audience of that kind, and the config's own that read this template."""
    usual = AudienceSettings(
        name=f"everybody {template.side.value}",
        query="",
        public=template.side is Side.OUTSIDE,
        language=template.language,
    )
    own = [one for one in audiences_of(settings) if one.side is template.side and one.language == template.language]
    return (*audiences_of(replace(settings, audiences=(usual,))), *own)
