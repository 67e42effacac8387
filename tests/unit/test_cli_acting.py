"""Each command that changes something, against a real backend, by what it answers and what then stands there."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.cli_driver import EMPTY_DESK, Vagt
from vagt.adapters.protocol import Connection
from vagt.adapters.registry import connect
from vagt.cli.acting import change_of
from vagt.config.settings import BackendSettings
from vagt.domain.clock import SystemClock
from vagt.domain.commands import Command, SetMajor, Take, Verb
from vagt.domain.incident import Key
from vagt.domain.priority import PriorityMatrix

DEAD = """
[[backends]]
name = "dead"
adapter = "rt"
url = "http://127.0.0.1:9"
timeout = 0.3
"""


@pytest.fixture
def vagt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Vagt:
    return Vagt(tmp_path, monkeypatch, capsys)


def test_a_new_incident_has_what_was_given(vagt: Vagt) -> None:
    ref = vagt.created(
        "Mail down", "--impact", "1", "--urgency", "2", "--service", "Mail", "--team", "NOC", "--caller", "Cy"
    )
    found = vagt.incident(ref)
    assert (found["title"], found["impact"], found["urgency"], found["priority"]) == ("Mail down", 1, 2, 2)
    assert (found["service"], found["team"], found["caller"], found["state"]) == ("Mail", "NOC", "Cy", "new")


def test_the_description_may_come_from_standard_input(vagt: Vagt) -> None:
    said = vagt("create", "--backend", "desk", "--title", "t", "--description", "-", "--json", stdin="two\nlines\n")
    assert vagt.incident(said.json["results"][0]["ref"])["description"] == "two\nlines"


def test_acknowledging_makes_it_mine_and_active(vagt: Vagt) -> None:
    ref = vagt.created("t")
    said = vagt("ack", ref)
    assert (said.code, said.out) == (0, f"{ref}: done\n")
    found = vagt.incident(ref)
    assert (found["state"], found["assignee"]) == ("active", "anna")
    assert found["acknowledged_at"]


def test_several_at_once_answer_in_the_order_asked(vagt: Vagt) -> None:
    first, second = vagt.created("a"), vagt.created("b")
    said = vagt("ack", second, "nix", first, "--json")
    assert [result["ref"] for result in said.json["results"]] == [second, "nix", first]
    assert said.statuses == ["done", "refused", "done"]
    assert said.code == 1


def test_a_bare_number_serves(vagt: Vagt) -> None:
    ref = vagt.created("t")
    assert vagt("take", ref.partition(":")[2]).code == 0
    assert vagt.incident(ref)["assignee"] == "anna"


def test_assigning(vagt: Vagt) -> None:
    ref = vagt.created("t", "--team", "NOC")
    assert vagt("assign", ref, "--to", "bo").code == 0
    assert vagt.incident(ref)["assignee"] == "bo"
    assert vagt("assign", ref, "--to", "").code == 0
    assert vagt.incident(ref)["assignee"] is None
    assert vagt("assign", ref).code == 2


def test_what_the_backend_refuses_is_told_in_its_words_and_not_kept(vagt: Vagt) -> None:
    ref = vagt.created("t")
    said = vagt("assign", ref, "--to", "nobody-at-all", "--json")
    assert (said.code, said.statuses) == (1, ["refused"])
    assert "nobody-at-all" in said.json["results"][0]["message"]
    assert vagt("outbox", "list", "--json").json["actions"] == []


def test_priority_by_impact_and_urgency(vagt: Vagt) -> None:
    ref = vagt.created("t")
    assert vagt("priority", ref, "--impact", "1", "--urgency", "1").code == 0
    assert vagt.incident(ref)["priority"] == 1
    assert vagt("priority", ref, "--set", "5").code == 0
    assert vagt.incident(ref)["priority"] == 5


@pytest.mark.parametrize(
    "words", [[], ["--set", "1", "--impact", "1", "--urgency", "1"], ["--impact", "1"], ["--set", "6"], ["--set", "x"]]
)
def test_a_priority_that_makes_no_sense(vagt: Vagt, words: list[str]) -> None:
    assert vagt("priority", "desk:1", *words).code == 2


def test_holding_with_reason_and_until(vagt: Vagt) -> None:
    ref = vagt.created("t")
    vagt("ack", ref)
    assert vagt("hold", ref, "--reason", "vendor", "--until", "2099-01-01T12:00:00Z").code == 0
    found = vagt.incident(ref)
    assert (found["state"], found["waiting_until"]) == ("waiting", "2099-01-01T12:00:00Z")
    assert vagt("hold", ref, "--until", "2001-01-01").code == 2
    assert vagt("hold", ref, "--until", "soonish").code == 2


def test_snoozed_ones_leave_the_views(vagt: Vagt) -> None:
    ref, other = vagt.created("t"), vagt.created("o")
    assert vagt("snooze", ref, "--for", "30m").code == 0
    shown = vagt("list", "--view", "All open", "--json").json["incidents"]
    assert [incident["ref"] for incident in shown] == [other]
    assert len(vagt("list", "--json").json["incidents"]) == 2
    assert vagt("snooze", ref, "--for", "0m").code == 2


def test_words_for_both_kinds_of_readers(vagt: Vagt) -> None:
    ref = vagt.created("t")
    assert vagt("note", ref, "--text", "-", stdin="from a\npipe\n").code == 0
    assert vagt("comment", ref, "--text", "-40 % power").code == 0
    told = {entry["text"]: entry["public"] for entry in vagt("show", ref, "--json").json["timeline"]}
    assert told["from a\npipe"] is False
    assert told["-40 % power"] is True
    assert vagt("note", ref, "--text", " ").code == 2


def test_the_whole_life_of_an_incident(vagt: Vagt) -> None:
    ref = vagt.created("t")
    assert vagt("ack", ref).code == 0
    assert vagt("close", ref).code == 1
    assert vagt("resolve", ref, "--text", "rebooted", "--code", "fixed").code == 0
    assert (vagt.incident(ref)["state"], vagt.incident(ref)["resolution"]) == ("resolved", "rebooted")
    assert vagt("ack", ref).code == 1
    assert vagt("reopen", ref).code == 0
    assert vagt.incident(ref)["state"] == "active"
    assert vagt("reopen", ref).code == 1
    vagt("resolve", ref, "--text", "again")
    assert vagt("close", ref).code == 0
    assert vagt.incident(ref)["state"] == "closed"


def test_major_and_back(vagt: Vagt) -> None:
    ref = vagt.created("t")
    assert vagt("major", ref).code == 0
    assert vagt.incident(ref)["major"] is True
    assert vagt("major", ref, "--off").code == 0
    assert vagt.incident(ref)["major"] is False


def test_what_a_backend_asks_for_besides_travels_with_a_major_incident() -> None:
    given = Namespace(off=False, field=["impact=1"])
    assert change_of(Verb.MAJOR, given, datetime.now(UTC)) == SetMajor(True, (("impact", "1"),))
    assert change_of(Verb.MAJOR, Namespace(off=True, field=[]), datetime.now(UTC)) == SetMajor(False)


def test_linking(vagt: Vagt) -> None:
    child, parent = vagt.created("c"), vagt.created("p")
    assert vagt("link", child, "--to", parent, "--as", "parent").code == 0
    assert [(link["kind"], link["ref"]) for link in vagt.incident(child)["links"]] == [("parent", parent)]
    assert [(link["kind"], link["ref"]) for link in vagt.incident(parent)["links"]] == [("child", child)]
    assert vagt("link", child, "--to", child, "--as", "related").code == 2
    assert vagt("link", child, "--to", "desk:99999", "--as", "related").code == 1


def test_a_duplicate_goes_and_the_other_survives(vagt: Vagt) -> None:
    duplicate, survivor = vagt.created("a"), vagt.created("b")
    assert vagt("link", duplicate, "--to", survivor, "--as", "duplicate").code == 0
    assert vagt.incident(duplicate)["state"] == "closed"
    assert vagt.incident(survivor)["state"] == "new"


def test_without_waiting_it_is_queued_and_leaves_with_the_next_command(vagt: Vagt) -> None:
    ref = vagt.created("t")
    said = vagt("note", ref, "--text", "later", "--no-wait", "--json")
    assert (said.code, said.statuses) == (0, ["queued"])
    assert vagt.incident(ref)["pending"] == 1
    assert vagt("outbox", "retry", "--json").json["actions"][0]["status"] == "done"
    assert vagt.incident(ref)["pending"] == 0
    assert [entry["text"] for entry in vagt("show", ref, "--json").json["timeline"]].count("later") == 1


def test_a_backend_that_is_away_keeps_the_action(vagt: Vagt, monkeypatch: pytest.MonkeyPatch) -> None:
    vagt.configure(EMPTY_DESK + DEAD)
    monkeypatch.setenv("VAGT_SECRET_DEAD", "hunter2")
    said = vagt("create", "--backend", "dead", "--title", "t", "--json")
    assert (said.code, said.statuses) == (3, ["queued"])
    assert said.json["results"][0]["message"]
    assert said.json["errors"][0]["backend"] == "dead"
    (waiting,) = vagt("outbox", "list", "--json").json["actions"]
    assert (waiting["status"], waiting["action"], waiting["backend"]) == ("queued", "create", "dead")
    discarded = vagt("outbox", "discard", waiting["id"][:6], "--json")
    assert (discarded.code, discarded.json["actions"][0]["stage"]) == (0, "discarded")
    assert vagt("outbox", "list", "--json").json["actions"] == []


def test_one_dead_backend_does_not_hold_up_the_other(vagt: Vagt, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = vagt.created("t")
    vagt.configure(EMPTY_DESK + DEAD)
    monkeypatch.setenv("VAGT_SECRET_DEAD", "hunter2")
    said = vagt("ack", ref, "dead:5", "--json")
    assert (said.code, said.statuses) == (3, ["done", "refused"])
    assert "hunter2" not in said.out + said.err


def test_a_number_on_two_backends_is_not_guessed(vagt: Vagt) -> None:
    vagt.configure(EMPTY_DESK + EMPTY_DESK.replace('"desk"', '"other"'))
    number = vagt.created("here").partition(":")[2]
    assert vagt.created("there", backend="other").partition(":")[2] == number
    said = vagt("ack", number)
    assert said.code == 2
    assert f"desk:{number} (here), other:{number} (there)" in said.err
    assert vagt("link", f"desk:{number}", "--to", f"other:{number}", "--as", "related").code == 2


def test_read_only_refuses_every_write(vagt: Vagt) -> None:
    ref = vagt.created("t")
    vagt.configure("[console]\nread_only = true\n" + EMPTY_DESK)
    said = vagt("ack", ref, "--json")
    assert (said.code, said.statuses) == (1, ["refused"])
    assert "read" in said.json["results"][0]["message"]
    assert vagt.incident(ref)["state"] == "new"
    assert vagt("create", "--backend", "desk", "--title", "t").code == 1


def test_an_outbox_id_that_is_none(vagt: Vagt) -> None:
    assert vagt("outbox", "discard").code == 2
    assert vagt("outbox", "discard", "zzz").code == 2
    assert vagt("outbox", "retry").code == 0


async def test_a_conflict_waits_until_somebody_decides(vagt: Vagt) -> None:
    ref = await asyncio.to_thread(vagt.created, "t", "--team", "NOC")
    found = await asyncio.to_thread(vagt.incident, ref)
    await asyncio.to_thread(vagt, "assign", ref, "--to", "anna", "--no-wait")
    await takes_it("bo", vagt.folder / "data", found["id"])

    tried = await asyncio.to_thread(vagt, "outbox", "retry", "--json")
    (stopped,) = tried.json["actions"]
    assert (tried.code, stopped["status"]) == (1, "conflict")
    assert "bo changed assignee" in stopped["reason"]
    assert (await asyncio.to_thread(vagt.incident, ref))["assignee"] == "bo"

    forced = await asyncio.to_thread(vagt, "outbox", "retry", stopped["id"], "--over-theirs", "--json")
    assert (forced.code, forced.json["actions"][0]["status"]) == (0, "done")
    assert (await asyncio.to_thread(vagt.incident, ref))["assignee"] == "anna"


async def takes_it(who: str, data_dir: Path, id: str) -> None:
    """Somebody else, on another console, makes the incident theirs."""
    clock = SystemClock()
    people = {"anna": "Anna Holm <anna@acme.example>", "bo": "Bo Friis <bo@acme.example>"}
    options = {"people": people, "teams": {"NOC": "anna, bo"}, "services": {"Mail": "NOC"}}
    session = await connect(
        Connection(
            settings=BackendSettings(name="desk", adapter="embedded", auth="none", username=who, options=options),
            secret=no_secret,
            clock=clock,
            matrix=PriorityMatrix(),
            data_dir=data_dir,
            operator=who,
        )
    )
    command = Command(id="1", backend="desk", subject=Key("desk", id), ref="", change=Take(), by=who, at=clock.now())
    await session.perform(command, None)
    await session.close()


async def no_secret() -> str:
    return ""
