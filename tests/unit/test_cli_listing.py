"""`list`, `show` and `oncall`: what is asked for, in the shape that is asked for."""

from __future__ import annotations

import asyncio
import csv
import io
from pathlib import Path

import pytest

from tests.unit.cli_driver import EMPTY_DESK, Vagt

KEYS = {
    "ref", "backend", "id", "number", "title", "description", "state", "native_state", "priority", "impact", "urgency",
    "major", "team", "assignee", "assignee_name", "caller", "service", "category", "created_at", "updated_at",
    "acknowledged_at", "resolved_at", "closed_at", "sla", "links", "url", "pending",
}  # fmt: skip


@pytest.fixture
def vagt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Vagt:
    return Vagt(tmp_path, monkeypatch, capsys)


@pytest.fixture
def three(vagt: Vagt) -> tuple[str, str, str]:
    """Low, urgent and resolved."""
    low = vagt.created("Printer jam", "--impact", "3", "--urgency", "3")
    urgent = vagt.created("Mail down", "--impact", "1", "--urgency", "1", "--team", "NOC")
    gone = vagt.created("Disk full")
    vagt("resolve", gone, "--text", "emptied")
    return low, urgent, gone


def refs(vagt: Vagt, *words: str) -> list[str]:
    said = vagt("list", *words, "--json")
    assert said.code == 0, said.err
    return [incident["ref"] for incident in said.json["incidents"]]


def test_open_ones_the_most_urgent_first(vagt: Vagt, three: tuple[str, str, str]) -> None:
    low, urgent, gone = three
    assert refs(vagt) == [urgent, low]
    assert sorted(refs(vagt, "--all")) == sorted([urgent, low, gone])
    assert refs(vagt, "--sort", "-priority") == [low, urgent]
    assert refs(vagt, "--limit", "1") == [urgent]


def test_views_and_queries(vagt: Vagt, three: tuple[str, str, str]) -> None:
    low, urgent, gone = three
    vagt("take", low)
    assert refs(vagt, "--query", "p<=2") == [urgent]
    assert refs(vagt, "--query", "-mail") == [low]
    assert refs(vagt, "--view", "mine") == [low]
    assert refs(vagt, "--view", "2") == [low]
    assert refs(vagt, "--view", "Unacknowledged", "--query", "team:noc") == [urgent]
    assert refs(vagt, "--all", "--query", "is:resolved") == [gone]


def test_closed_ones_need_asking_for(vagt: Vagt, three: tuple[str, str, str]) -> None:
    said = vagt("list", "--query", "is:resolved")
    assert (said.code, said.out) == (0, "")
    assert "--all" in said.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--view", "Mien"], "did you mean “Mine”"),
        (["--query", "is:opne"], "is:opne"),
        (["--sort", "prority"], "did you mean “priority”"),
        (["--backend", "deks"], "did you mean “desk”"),
        (["--limit", "0"], "from 1 up"),
        (["--limt", "3"], "--limt"),
        (["--json", "--csv"], "do not go together"),
        (["--text", "x"], "--text"),
    ],
)
def test_questions_that_make_no_sense(vagt: Vagt, words: list[str], says: str) -> None:
    said = vagt("list", *words)
    assert said.code == 2
    assert says in said.err
    assert said.err.count("\n") == 1


def test_an_incident_in_json_has_every_key(vagt: Vagt, three: tuple[str, str, str]) -> None:
    found = vagt.incident(three[1])
    assert found.keys() >= KEYS
    assert found["created_at"].endswith("Z")
    assert (found["priority"], found["assignee"], found["url"], found["pending"]) == (1, None, None, 0)
    assert {"name", "due_at", "state"} <= found["sla"][0].keys()


def test_a_timeline_in_json(vagt: Vagt, three: tuple[str, str, str]) -> None:
    vagt("note", three[0], "--text", "looked at it")
    entry = vagt("show", three[0], "--json").json["timeline"][-1]
    assert {"at", "by", "kind", "public", "text"} <= entry.keys()
    assert (entry["kind"], entry["public"], entry["text"], entry["by"]) == ("note", False, "looked at it", "Anna Holm")


def test_an_incident_for_people(vagt: Vagt, three: tuple[str, str, str]) -> None:
    said = vagt("show", three[1])
    assert said.code == 0
    assert said.out.startswith(f"{three[1]} Mail down\n")
    assert "priority 1 (critical), impact high, urgency high" in said.out
    assert "ago)" in said.out


def test_an_incident_that_is_none(vagt: Vagt) -> None:
    said = vagt("show", "desk:404", "--json")
    assert (said.code, said.json["incident"], said.json["timeline"]) == (1, None, [])
    assert said.json["errors"][0]["backend"] == "desk"
    assert vagt("show", "404").code == 1
    said = vagt("show", "deks:404")
    assert said.code == 2
    assert "did you mean “desk”" in said.err


def test_a_list_for_people_is_aligned(vagt: Vagt, three: tuple[str, str, str]) -> None:
    head, first, second = vagt("list").out.splitlines()
    assert head.split() == ["P", "AGE", "SLA", "REF", "STATE", "WHO", "TEAM", "TITLE"]
    assert first[head.index("TITLE") :] == "Mail down"
    assert second[head.index("TITLE") :] == "Printer jam"
    assert "\x1b" not in head + first + second


def test_what_a_backend_says_does_no_harm(vagt: Vagt) -> None:
    ref = vagt.created("\x1b]0;owned\x07evil\x1b[2J \u202eabc\n[red]x", "--description", "a\x1b[31m\tb")
    said = vagt("list").out + vagt("show", ref).out
    assert not set(said) & set("\x1b\x07\u202e")
    assert "evil abc [red]x" in said


def test_a_table_for_spreadsheets_holds_no_formula(vagt: Vagt) -> None:
    vagt.created("=cmd|' /C calc'!A0", "--description", "+1\n,two")
    said = vagt("list", "--csv")
    head, row = list(csv.reader(io.StringIO(said.out)))
    cells = dict(zip(head, row, strict=True))
    assert cells["title"] == "'=cmd|' /C calc'!A0"
    assert cells["description"] == "'+1\n,two"
    assert (cells["major"], cells["assignee"], cells["pending"]) == ("false", "", "0")


@pytest.mark.parametrize(
    "formula", ["=1", "+1", "-1", "@a", "\t=1", "\n=1", "\r=1", "＝1", "＋1", "－1", "＠a", "\x1b[m=1"]
)
def test_nor_one_behind_letters_that_nobody_sees(vagt: Vagt, formula: str) -> None:
    vagt.created("t", "--description", formula)
    _, row = list(csv.reader(io.StringIO(vagt("list", "--csv").out)))
    assert not any(cell.lstrip().startswith(tuple("=+-@＝＋－＠")) for cell in row)


def test_a_table_for_spreadsheets_does_a_terminal_no_harm_either(vagt: Vagt) -> None:
    vagt.created("\x1b]0;owned\x07evil\x1b[2J \u202eabc\x9b31m", "--description", "two\nlines")
    said = vagt("list", "--csv").out
    assert not set(said) & set("\x1b\x07\u202e\x9b")
    _, row = list(csv.reader(io.StringIO(said)))
    assert {"evil abc", "two\nlines"} <= set(row)


def test_a_dead_backend_is_told_and_the_others_are_printed(vagt: Vagt, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = vagt.created("t")
    dead = '[[backends]]\nname = "dead"\nadapter = "rt"\nurl = "http://127.0.0.1:9"\ntimeout = 0.5\n'
    vagt.configure(dead + EMPTY_DESK)
    monkeypatch.setenv("VAGT_SECRET_DEAD", "hunter2")
    said = vagt("list", "--json")
    assert said.code == 3
    assert [incident["ref"] for incident in said.json["incidents"]] == [ref]
    assert [error["backend"] for error in said.json["errors"]] == ["dead"]
    assert "hunter2" not in said.out + said.err
    assert vagt("list", "--backend", "desk").code == 0


def test_a_team_that_only_one_backend_knows_is_no_fault(vagt: Vagt) -> None:
    vagt.configure(EMPTY_DESK + '\n[[backends]]\nname = "other"\nadapter = "embedded"\n')
    found = vagt("oncall", "--team", "Network")
    assert (found.code, found.err) == (0, "")
    nobody = vagt("oncall", "--team", "Nobodies", "--json")
    assert nobody.code == 1, "asked and answered: that is not a backend out of reach"
    assert [error["backend"] for error in nobody.json["errors"]] == ["desk", "other"]


def test_who_is_on_call(vagt: Vagt) -> None:
    said = vagt("oncall", "--team", "NOC", "--json")
    assert said.code == 0
    first = said.json["oncall"][0]
    assert {"rota", "team", "who", "from", "until", "source"} <= first.keys()
    assert first["team"] == "NOC"
    assert first["who"] in ("anna", "bo")
    assert first["who_name"] in vagt("oncall").out
    assert vagt("oncall", "--at", "whenever").code == 2
    far = vagt("oncall", "--at", "2099-01-01", "--json")
    assert far.code == 1
    assert "only who is on call now" in far.json["errors"][0]["message"]


def test_notices_of_the_config_go_to_standard_error(vagt: Vagt) -> None:
    vagt.configure(EMPTY_DESK + '[keys]\nreport = "P"\n')
    said = vagt("list", "--json")
    assert (said.code, said.json["errors"]) == (0, []), said
    # what the interpreter itself may write beside that, of another test's leftovers, is not ours
    ours = [line for line in said.err.splitlines() if line.startswith("vagt:")]
    assert ours == ["vagt: note: [keys] report: this version of Vagt does not have that action yet"], said


async def test_what_the_console_itself_snoozed_leaves_the_views(vagt: Vagt) -> None:
    """Where the backend cannot snooze, the store remembers it."""
    from datetime import timedelta

    from vagt.domain.clock import SystemClock
    from vagt.domain.incident import Key
    from vagt.engine.store import Store

    ref = await asyncio.to_thread(vagt.created, "t")
    found = await asyncio.to_thread(vagt.incident, ref)
    clock = SystemClock()
    store = Store(vagt.folder / "data" / "store.sqlite", clock)
    await store.open([("desk", "embedded", "")])
    await store.snooze(Key("desk", found["id"]), clock.now() + timedelta(hours=1))
    await store.close()
    assert await asyncio.to_thread(refs, vagt, "--view", "All open") == []
    assert await asyncio.to_thread(refs, vagt) == [ref]
