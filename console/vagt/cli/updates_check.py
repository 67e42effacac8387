"""What `vagt doctor` says of audiences and templates: whether an update could be written at three in the morning."""

from __future__ import annotations

from dataclasses import replace

from vagt.checkup.finding import Finding, Trouble, ok, problem, warning
from vagt.comms import check, library
from vagt.comms.audiences import problems_of
from vagt.config.settings import Settings

_NAME = "updates"


def findings(settings: Settings) -> tuple[Finding, ...]:
    """One finding for each thing that is wrong, or one that says that all is well; none without audiences."""
    if not settings.audiences:
        return ()
    known = library.load(settings.path)
    found = [
        problem(
            _NAME,
            words,
            "put the file right, or take it away; “vagt templates check” tells more",
            trouble=Trouble.CONFIG,
        )
        for words in known.problems
    ]
    withheld: list[str] = []
    for one in check.check_all(known, settings):
        where = f"template {one.template.name}, {one.template.side.value}, {one.template.language}"
        found += [
            problem(_NAME, f"{where}: {words}", "“vagt templates show” prints it", trouble=Trouble.CONFIG)
            for words in one.problems
        ]
        withheld += [f"template {one.template.name}: {words}" for words in one.withheld]
    own = [name.name for one in known.all() for name in one.own]
    found += [
        warning(_NAME, words, "change it under [[audiences]] in the config") for words in problems_of(settings, own)
    ]
    if not found:
        languages = ", ".join(known.languages)
        count = f"{len(settings.audiences)} audiences" if len(settings.audiences) > 1 else "1 audience"
        said = ok(_NAME, f"{count}; {len(known.templates)} templates in {languages} work")
        found = [replace(said, details=tuple(withheld))]
    return tuple(found)
