"""What is internal is found in a text for outside however it is written, and ordinary words are let through."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from tests.unit.engine.fakes import START
from vagt.comms import leaks
from vagt.config.response import PersonSettings
from vagt.config.settings import Settings
from vagt.domain.incident import Incident, State
from vagt.domain.timeline import EntryKind, TimelineEntry

MAIL = Incident(
    backend="b",
    id="1",
    number="1",
    title="mx-07 down",
    state=State.ACTIVE,
    native_state="a",
    priority=1,
    assignee="kvinter",
    assignee_name="Kirsten Vinter",
    caller="Søren Åse",
    extra=(("Host", "zeus"),),
)
NOTE = TimelineEntry(
    START, "bo.nielsen", EntryKind.NOTE, False, "The quota job on this machine has not run since Friday"
)
PEOPLE = (PersonSettings(name="cm", full_name="Carl Møller", aliases=("carlm",)),)
INTERNAL = leaks.gather(MAIL, (NOTE,), Settings(people=PEOPLE), operators=("anna",))


@pytest.mark.parametrize(
    "text",
    [
        "fe80::1 is down",
        "see 2001:db8::8a2e:370:7334",
        "::1",
        "fd12:3456:789a:1::1",
        "10.1.2.3",
        r"on \\filesrv\share",
        r"on \\filesrv.acme.example\share",
        "on //filesrv/share",
        "see http://intranet/wiki",
        "see https://jira:8443/x",
        "MX-07",
        "mx\u201107",
        "mx\u201307",
        "ZEUS",
    ],
)
def test_a_machine_is_found(text: str) -> None:
    assert [leak.what for leak in leaks.find(text, INTERNAL)][:1] in (["host"], ["address"])


@pytest.mark.parametrize(
    "text",
    [
        "kirsten.vinter@acme.example",
        "k.vinter@acme.example",
        "KVINTER",
        r"ACME\kvinter",
        "Kirstens team",
        "Kirsten's team",
        "KIRSTEN",
        "Kirsten\nVinter",
        "kirsten  vinter",
        "S\u00f8ren A\u030ase",
        "Bo Nielsen",
        "BO.NIELSEN",
        "Annas",
        "MØLLER",
        "kirsten",
        "kirstens",
        "aNNA",
        "søren",
    ],
)
def test_a_person_is_found(text: str) -> None:
    assert "name" in [leak.what for leak in leaks.find(f"Ask {text} about it", INTERNAL)]


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("host: thor is at its limit", "Thor"),
        ("server=hera", "HERA was restarted"),
        ("the server “freyr” hangs", "freyr"),
        ("logged in as root@loke", "loke"),
        ("/var is full, see loke:/var/log", "Loke,"),
        ("look at mail_primary", "MAIL_PRIMARY"),
        (r"the share \\baldur\home is gone", "Baldur"),
        ("see http://heimdal/status", "heimdal"),
    ],
)
def test_what_a_note_uses_as_a_machine_is_one_in_any_letters(note: str, told: str) -> None:
    internal = leaks.gather(MAIL, (TimelineEntry(START, "bo", EntryKind.NOTE, False, note),), Settings())
    assert [leak.what for leak in leaks.find(f"It was {told} all the time", internal)] == ["host"]


@pytest.mark.parametrize(
    "note", ["Server: down", "the server is down", "host: unknown", "server: Mail", "write to helpdesk@acme.example"]
)
def test_what_is_only_said_of_a_machine_is_let_through(note: str) -> None:
    internal = leaks.gather(MAIL, (TimelineEntry(START, "bo", EntryKind.NOTE, False, note),), Settings())
    assert leaks.find("The mail is down, the cause is unknown; the helpdesk at acme knows.", internal) == ()


def test_every_machine_of_a_field_that_lists_them_is_found() -> None:
    many = replace(MAIL, extra=(("Affected CIs", "zeus, hera; poseidon (primary)"),))
    internal = leaks.gather(many, (), Settings())
    for name in ("Zeus", "hera", "POSEIDON"):
        assert [leak.what for leak in leaks.find(f"{name} is back", internal)] == ["host"]


def test_a_note_is_found_in_other_letters_of_the_same_look() -> None:
    text = "the quota job on this machine has not run since \uff26riday"
    assert [leak.what for leak in leaks.find(text, INTERNAL)] == ["note"]


@pytest.mark.parametrize(
    "text",
    [
        "At 10:30:15 we restarted it",
        "https://www.acme.example/status and acme.example/help",
        "Write to servicedesk@acme.example",
        "Johanna, vintergade and moeller",
        "Windows Server 2019, version 4.2.1, covid-19",
        "and/or, 24/7, http://acme.example:8080/x",
        "Users and agents: please wait :: thank you",
        "in winter (i vinter), and the server is down",
        "a mill (en møller) on the hill; the mail is back at 14:15",
    ],
)
def test_ordinary_words_are_let_through(text: str) -> None:
    assert leaks.find(text, INTERNAL) == ()


@pytest.mark.parametrize("piece", ["a", "a.", "a-", "1a", "a@", "a:", "a/", "a_", "host ", "a+", "//a", "+http://zeus"])
def test_a_word_without_an_end_does_not_hold_up_the_keyboard(piece: str) -> None:
    begun = time.process_time()
    leaks.find(piece * (20_000 // len(piece)), INTERNAL)
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("text", ["see +http://zeus/x", "see 1http://zeus/x", "(https://zeus)"])
def test_a_link_to_a_machine_is_found_whatever_stands_before_it(text: str) -> None:
    assert any(leak.value == "zeus" for leak in leaks.find(text, INTERNAL))


def test_hundreds_of_people_do_not_hold_up_the_keyboard() -> None:
    people = tuple(
        PersonSettings(name=f"login{n}x", full_name=f"Given{n}x Family{n}x", aliases=(f"alias{n}x",))
        for n in range(500)
    )
    internal = leaks.gather(MAIL, (), Settings(people=people))
    begun = time.process_time()
    assert [leak.value for leak in leaks.find("Mail is slow for us. " * 60 + "Given77x", internal)] == ["Given77x"]
    assert time.process_time() - begun < 0.4
