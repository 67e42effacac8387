"""What one incident knows as a person or a machine is held back in any letters, and everything else is let through."""

from __future__ import annotations

import string
from datetime import UTC, datetime

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vagt.comms import leaks
from vagt.comms.leaks import Internal
from vagt.comms.ordinary import WORDS
from vagt.config.response import PersonSettings
from vagt.config.settings import Settings
from vagt.domain.incident import Incident, State
from vagt.domain.timeline import EntryKind, TimelineEntry

NOW = datetime(2026, 11, 25, 13, 7, tzinfo=UTC)
PLAIN = "Mail cannot be sent or received; we work on it, and write again at"
FORMS = (
    "host: {}",
    "server={}",
    "vm “{}”",
    "as root@{}",
    "see {}:/var/log",
    r"\\{}\home",
    "http://{}/status",
    "{}_main",
)
words = st.text(string.ascii_lowercase, min_size=5, max_size=9).filter(
    lambda word: word not in WORDS | set(PLAIN.split())
)


@st.composite
def planted(draw: st.DrawFn) -> tuple[Internal, tuple[str, ...]]:
    """One incident's internal words: people of every source, and machines as notes and fields have them."""
    names = draw(st.lists(words, min_size=8, max_size=8, unique=True))
    assume(not any(one != other and one in other for one in names for other in names))
    form = draw(st.sampled_from(FORMS))
    note = TimelineEntry(NOW, f"Bo {names[0].capitalize()}", EntryKind.NOTE, False, f"Look: {form.format(names[1])}")
    incident = Incident(
        backend="desk", id="1", number="7", title="Mail is down", state=State.ACTIVE, native_state="Active", priority=1,
        assignee=names[2], assignee_name=f"Anna {names[3].capitalize()}", caller=f"Ole {names[4].capitalize()}",
        extra=(("Affected CI", names[5]),),
    )  # fmt: skip
    people = (PersonSettings(name=names[6], full_name=f"Carl {names[7].capitalize()}"),)
    machine = f"{names[1]}_main" if form == "{}_main" else names[1]
    internal = leaks.gather(incident, (note,), Settings(people=people))
    return internal, (names[0], machine, *names[2:])


@settings(max_examples=300, deadline=None)
@given(planted(), st.data())
def test_each_known_word_is_held_back_in_any_letters(
    known: tuple[Internal, tuple[str, ...]], data: st.DataObject
) -> None:
    internal, secret = known
    word = data.draw(st.sampled_from(secret))
    typed = "".join(data.draw(st.sampled_from((letter.lower(), letter.upper()))) for letter in word)
    before, after = data.draw(st.sampled_from(("", "“", "("))), data.draw(st.sampled_from(("", "”", ").", ",", "?")))
    assert leaks.find(f"{PLAIN} 14:30 {before}{typed}{after} again", internal), typed


@settings(max_examples=200, deadline=None)
@given(planted())
def test_a_text_without_them_is_let_through(known: tuple[Internal, tuple[str, ...]]) -> None:
    internal, _ = known
    assert leaks.find(f"{PLAIN} 14:30.", internal) == ()
