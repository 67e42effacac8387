"""Linking to another incident, a problem or a change; or making two of the same one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual.app import ComposeResult

from vagt.adapters.protocol import AdapterError
from vagt.domain.capability import Capability
from vagt.domain.commands import LinkTo, Verb
from vagt.domain.incident import Incident, LinkKind
from vagt.ui.messages import Tone
from vagt.ui.screens.triage.abilities import able
from vagt.ui.screens.triage.asking import Answer, Asking
from vagt.ui.screens.triage.options import Option, Options
from vagt.ui.screens.triage.others import Other, Others
from vagt.ui.screens.triage.question import Question
from vagt.ui.typed import vagt_of
from vagt_widgets.fuzzy import PickItem
from vagt_widgets.fuzzy_picker import FuzzyPicker
from vagt_widgets.glyphs import glyphs_for


async def ask(asking: Asking) -> Answer:
    """Pick the other record, then how the subjects relate to it."""
    if len(asking.backends) > 1:
        vagt_of(asking.app).say("Only incidents of one backend can be linked together.", Tone.WARN)
        return None
    others = Others(asking.engine, asking.subjects)
    picked = await asking.app.push_screen_wait(OtherQuestion(asking, others))
    if picked is None:
        return None
    other = others.of(picked[0])
    # of several, the one that was picked is what the others are linked to
    rest = replace(asking, subjects=tuple(one for one in asking.subjects if other.kind or one.id != other.id))
    kind = await asking.app.push_screen_wait(KindQuestion(rest, other))
    if kind is None:
        return None
    return rest.same(LinkTo(other.id, other.ref, kind))


class OtherQuestion(Question[tuple[PickItem, ...]]):
    """Returns the record that was picked."""

    def __init__(self, asking: Asking, others: Others) -> None:
        super().__init__(asking.title, hint="number or words · enter · esc back", refusals=asking.refusals)
        self.others = others

    def parts(self) -> ComposeResult:
        yield FuzzyPicker(
            self.others.likely(),
            source=self.others.look_up,
            placeholder="number or words; likely duplicates stand first",
            glyphs=glyphs_for(),
        )


@dataclass(frozen=True, slots=True)
class _Way:
    key: str
    kind: LinkKind
    label: str
    detail: str


async def kinds_of(asking: Asking) -> tuple[frozenset[LinkKind] | None, str]:
    """The kinds of links that the backend says these have room for, and its words on them; None: it does not say."""
    first = asking.subjects[0]
    try:
        specs = await asking.engine.fields(Verb.LINK, first.key, first.backend)
    except AdapterError:
        return None, ""
    known = {kind.value: kind for kind in LinkKind}
    for spec in specs:
        if spec.name == "kind":
            return frozenset(known[choice.value] for choice in spec.choices if choice.value in known) or None, spec.help
    return None, ""


class KindQuestion(Question[LinkKind]):
    """Returns how the subjects relate to the other record. The cursor begins on what can be undone."""

    def __init__(self, asking: Asking, other: Other) -> None:
        super().__init__(
            f"Link to {other.ref} {other.title}", hint="a letter picks · esc back", refusals=asking.refusals
        )
        self.asking = asking
        self.other = other

    def parts(self) -> ComposeResult:
        yield Options(self._options(None))

    def on_mount(self) -> None:
        self.run_worker(vagt_of(self).guarded(self._narrow()), exit_on_error=False)

    async def _narrow(self) -> None:
        """Once the backend has said what it has, show only that."""
        kinds, words = await kinds_of(self.asking)
        if kinds is not None and self.is_mounted:
            options = self._options(kinds)
            self.query_one(Options).set_options(options)
            self.tell(words or ("" if options else "This backend cannot link them."), bad=not options)

    def _options(self, kinds: frozenset[LinkKind] | None) -> list[Option]:
        merges = able(self.asking.engine, self.other.backend, Capability.MERGE)
        links = able(self.asking.engine, self.other.backend, Capability.LINK)
        ways = ways_to(self.asking.subjects, self.other, merges=merges, links=links, kinds=kinds)
        return [Option(way.key, way.label, way.detail, way.kind) for way in ways]


def ways_to(
    subjects: tuple[Incident, ...],
    other: Other,
    *,
    merges: bool,
    links: bool,
    kinds: frozenset[LinkKind] | None = None,
) -> list[_Way]:
    """How `subjects` can relate to `other`; what cannot be undone stands last, so that enter never merges."""
    this = subjects[0].number if len(subjects) == 1 else f"these {len(subjects)}"
    # both are of one backend, which the frame names: numbers are enough and fit a narrow terminal
    that = other.ref.partition(":")[2] or other.ref
    goes = "goes" if len(subjects) == 1 else "go"
    if other.kind is not None:
        ways = [_Way(other.kind.value[0], other.kind, other.kind.value, f"{this} → {other.kind.value} {that}")]
    else:
        ways = []
        if links:
            ways += [
                _Way("r", LinkKind.RELATED, "related", f"{this} and {that}, side by side"),
                _Way("p", LinkKind.PARENT, "part of", f"{that} is the parent of {this}"),
                _Way("c", LinkKind.CHILD, "includes", f"{that} is a child of {this}"),
            ]
        if merges or links:
            into = f"{this} {goes} into {that}, which survives" + (", for good" if merges else "")
            ways.append(_Way("d", LinkKind.DUPLICATE, "duplicate", into))
    return [way for way in ways if kinds is None or way.kind in kinds]
