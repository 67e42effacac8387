"""Whatever an incident holds, an outside audience gets its own fields and nothing internal of it."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from vagt.comms import leaks, library
from vagt.comms.audiences import audiences_of
from vagt.comms.catalogue import CATALOGUE, OUTSIDE, Origin
from vagt.comms.contents import Situation
from vagt.comms.message import Message, compose
from vagt.comms.record import UpdateRecord
from vagt.comms.template import Side, Template
from vagt.config.response import AudienceSettings
from vagt.config.settings import Settings
from vagt.domain.fields import FieldKind
from vagt.domain.incident import ClockState, Incident, Link, LinkKind, SlaClock, State
from vagt.domain.timeline import EntryKind, TimelineEntry

NOW = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)
LIBRARY = library.load(None)
OUTSIDE_NAMES = sorted({name for name, side, _ in LIBRARY.templates if side is Side.OUTSIDE})
MARKERS = st.text(string.ascii_lowercase, min_size=12, max_size=12).map(lambda text: f"zq{text}")
"""Words that occur nowhere else."""


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Incident, tuple[TimelineEntry, ...], dict[str, str], dict[str, str]]:
    """An incident with a planted word in each internal corner; (incident, timeline, answers, planted by place)."""
    places = (
        "description", "team", "team_id", "assignee", "assignee_name", "caller", "category", "updated_by", "ref",
        "waiting_reason", "resolution", "url", "extra", "link", "clock", "note", "title_host", "note_host",
        "native_state", "cause", "actions", "people", "needs", "business", "risks", "expected_by", "operator", "also",
        "history",
    )  # fmt: skip
    words = draw(st.lists(MARKERS, min_size=len(places), max_size=len(places), unique=True))
    planted = dict(zip(places, words, strict=True))
    note = f"{planted['note']} was seen on {planted['note_host']}-07.int.acme.example again and again today"
    incident = Incident(
        backend=planted["ref"],
        id="1",
        number="10452",
        title=draw(st.sampled_from(["Mail is down", f"Mail is down on {planted['title_host']}-01.int.acme.example"])),
        state=draw(st.sampled_from(list(State))),
        native_state=planted["native_state"],
        description=planted["description"],
        priority=draw(st.sampled_from([1, 2, 3, 4, None])),
        impact=draw(st.sampled_from([1, 2, 3, None])),
        urgency=draw(st.sampled_from([1, 2, None])),
        major=draw(st.booleans()),
        team=planted["team"],
        team_id=planted["team_id"],
        assignee=planted["assignee"],
        assignee_name=f"Anna {planted['assignee_name'].capitalize()}",
        also_assigned=(planted["also"],),
        caller=f"Ole {planted['caller'].capitalize()}",
        category=planted["category"],
        service="Mail",
        created_at=NOW - timedelta(minutes=draw(st.integers(0, 300))),
        updated_by=planted["updated_by"],
        resolved_at=NOW,
        waiting_reason=planted["waiting_reason"],
        resolution=planted["resolution"],
        url=f"https://{planted['url']}.example/1",
        sla=(SlaClock(planted["clock"], NOW + timedelta(hours=1), ClockState.RUNNING),),
        links=(Link(LinkKind.PROBLEM, f"{planted['ref']}:7", planted["link"]),),
        extra=(("Host", planted["extra"]),),
    )
    timeline = (TimelineEntry(NOW, f"Anna {planted['assignee_name'].capitalize()}", EntryKind.NOTE, False, note),)
    inner = ("cause", "actions", "people", "needs", "business", "risks", "expected_by")
    answers = {name: planted[name] for name in inner}
    answers |= {
        "impact_text": "It cannot be used.",
        "scope": "Everybody",
        "workaround": "Use the telephone.",
        "what_was_done": "More room was made.",
        "lessons": "It is watched.",
        "service": "Mail",
        "expected": (NOW + timedelta(hours=2)).isoformat(),
        "next_update": (NOW + timedelta(minutes=30)).isoformat(),
        "window_start": (NOW + timedelta(hours=5)).isoformat(),
        "window_end": (NOW + timedelta(hours=6)).isoformat(),
    }
    # somebody pastes from where it is internal into a field that goes out
    pasted = draw(st.sampled_from(["", *planted, "whole note"]))
    if pasted in ("note", "whole note"):
        answers["workaround"] = note
    elif pasted in ("title_host", "note_host"):
        answers["scope"] = f"{planted[pasted]}-07.int.acme.example"
    elif pasted in ("assignee_name", "caller"):
        answers["scope"] = f"ask {planted[pasted].capitalize()}"
    elif pasted in ("assignee", "extra", "updated_by", "also"):
        answers["scope"] = f"ask {planted[pasted]}"
    return incident, timeline, answers, planted


@st.composite
def greedy(draw: st.DrawFn) -> AudienceSettings:
    """An outside audience whose config asks for more than it may have."""
    names = draw(st.lists(st.sampled_from([name.name for name in CATALOGUE]), unique=True))
    return AudienceSettings(
        name="users",
        query="",
        public=True,
        fields=tuple(names) if draw(st.booleans()) else (),
        language=draw(st.sampled_from(["en", "da", "de"])),
        channels=("comment",),
    )


def _made(
    world: tuple[Incident, tuple[TimelineEntry, ...], dict[str, str], dict[str, str]],
    audience: AudienceSettings,
    *,
    name: str,
    library: library.Library = LIBRARY,
) -> tuple[Message, dict[str, str]]:
    incident, timeline, answers, planted = world
    known = Settings(audiences=(audience,))
    situation = Situation(
        incident=incident,
        answers=answers,
        now=NOW,
        operator=planted["operator"],
        updates=(
            UpdateRecord(id="1", template=planted["history"], at=NOW, by="x", audiences=(audience.name,), every=1200.0),
        ),
        every=2400.0,
    )
    internal = leaks.gather(incident, timeline, known, operators=(planted["operator"],))
    return compose(situation, audiences_of(known)[0], name, library, internal), planted


@settings(max_examples=200, deadline=None)
@given(worlds(), greedy(), st.sampled_from(OUTSIDE_NAMES))
def test_no_planted_word_leaves_with_a_message_that_may_leave(
    world: tuple[Incident, tuple[TimelineEntry, ...], dict[str, str], dict[str, str]],
    audience: AudienceSettings,
    name: str,
) -> None:
    message, planted = _made(world, audience, name=name)
    told = f"{message.subject}\n{message.text}\n{message.html}\n{message.markdown}".casefold()
    hits = [place for place, word in planted.items() if word in told]
    assert not hits or message.problem, (hits, message.text)


@settings(max_examples=120, deadline=None)
@given(worlds(), greedy(), st.sampled_from([name.name for name in CATALOGUE]))
def test_a_template_of_somebodys_own_cannot_print_what_is_not_allowed(
    world: tuple[Incident, tuple[TimelineEntry, ...], dict[str, str], dict[str, str]],
    audience: AudienceSettings,
    name: str,
) -> None:
    body = f"{{{{ {name} }}}} and {{% if {name} %}}{{{{ {name} }}}}{{% endif %}}"
    one = Template("own", Side.OUTSIDE, "en", "Own", "Subject", body, (), frozenset())
    own = library.Library({one.key: one}, LIBRARY.words, (), ("en",))
    message, planted = _made(world, audience, name="own", library=own)
    told = f"{message.subject}\n{message.text}\n{message.html}".casefold()
    assert message.problem or not [place for place, word in planted.items() if word in told]
    if name not in OUTSIDE:
        assert "may not see" in message.problem


def test_the_words_of_the_test_would_show_if_they_got_out() -> None:
    """The same through an audience inside: so the property above does look for something that is there."""
    inner = [
        name.name
        for name in CATALOGUE
        if not name.public and name.origin is Origin.ASKED and name.kind is not FieldKind.CHOICE
    ]
    answers = {name: f"zqplanted{name}" for name in inner} | {
        "impact_text": "x", "next_update": (NOW + timedelta(minutes=30)).isoformat(),
    }  # fmt: skip
    known = Settings(audiences=(AudienceSettings(name="noc", query="", public=False, channels=("comment",)),))
    incident = Incident(backend="b", id="1", number="1", title="t", state=State.ACTIVE, native_state="x", priority=1)
    situation = Situation(incident=incident, answers=answers, now=NOW, every=1200.0)
    message = compose(situation, audiences_of(known)[0], "investigating", LIBRARY, leaks.gather(incident, (), known))
    assert "zqplantedcause" in message.text and "zqplantedactions" in message.text
