"""`vagt update`, `approvals` and `templates`, as scripts call them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.cli_driver import EMPTY_DESK, Vagt

AUDIENCES = """
[[audiences]]
name = "users"
query = "p<=5"
language = "da"
timezone = "Europe/Copenhagen"
channels = ["comment"]

[[audiences]]
name = "press"
query = "p<=1"
language = "en"
channels = ["comment"]
approval = true
"""


@pytest.fixture
def vagt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Vagt:
    program = Vagt(tmp_path, monkeypatch, capsys)
    program.configure(EMPTY_DESK + AUDIENCES)
    return program


def as_bo(vagt: Vagt) -> None:
    vagt.configure(EMPTY_DESK.replace('username = "anna"', 'username = "bo"') + AUDIENCES)


SETS = ("--set", "impact_text=Mail cannot be sent.", "--set", "impact_text.da=Der kan ikke sendes mail.")


def test_a_preview_shows_what_each_audience_would_get_and_sends_nothing(vagt: Vagt) -> None:
    ref = vagt.created("Mail is down", "--service", "Mail", "--impact", "1", "--urgency", "1")
    said = vagt("update", ref, "--template", "investigating", "--audience", "users", *SETS, "--preview", "--json")
    assert said.code == 0, said
    (message,) = said.json["messages"]
    assert (message["audience"], message["language"]) == ("users", "da")
    assert message["subject"] == "Mail: driftsforstyrrelse"
    assert message["text"].startswith("Der kan ikke sendes mail.")
    assert said.json["deliveries"] == []
    timeline = vagt("show", ref, "--json").json["timeline"]
    assert not [entry for entry in timeline if entry["public"] and entry["kind"] == "comment"]


def test_it_is_sent_once_however_often_the_script_is_started(vagt: Vagt) -> None:
    ref = vagt.created("Mail is down", "--service", "Mail")
    call = ("update", ref, "--template", "resolved", "--audience", "users", "--send", "--json")
    said = vagt(*call)
    assert said.code == 0, said
    assert [(one["channel"], one["status"]) for one in said.json["deliveries"]] == [("comment", "sent")]
    again = vagt(*call)
    assert [(one["status"], one["id"]) for one in again.json["deliveries"]] == [
        ("sent", said.json["deliveries"][0]["id"])
    ]
    timeline = vagt("show", ref, "--json").json["timeline"]
    assert [entry["text"] for entry in timeline if entry["kind"] == "comment"] == [said.json["messages"][0]["text"]]
    (note,) = [entry for entry in timeline if entry["kind"] == "update"]
    assert not note["public"] and "Stakeholder update “resolved”" in note["text"]


def test_what_is_missing_is_told_by_name_and_nothing_leaves(vagt: Vagt) -> None:
    ref = vagt.created("Mail is down")
    said = vagt("update", ref, "--template", "investigating", "--audience", "users", "--send", "--json")
    assert said.code == 2
    assert {error["message"] for error in said.json["errors"]} >= {"Service is missing"}
    assert said.json["deliveries"] == []


def test_internal_words_for_outside_are_refused(vagt: Vagt) -> None:
    ref = vagt.created("db-07.int.acme.example is full", "--service", "Mail")
    said = vagt(
        "update", ref, "--template", "investigating", "--audience", "users", "--send",
        "--set", "impact_text=db-07 is full, Bo Friis is on it", "--json",
    )  # fmt: skip
    assert said.code == 1
    assert "it names the host “db-07”" in said.json["errors"][0]["message"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--template", "nope", "--audience", "users", "--preview"), "no template is called “nope”"),
        (("--template", "resolved", "--audience", "user", "--preview"), "did you mean “users”"),
        (("--template", "resolved", "--audience", "users"), "--preview"),
        (("--template", "resolved", "--audience", "users", "--preview", "--set", "impact_txt=x"), "impact_text"),
        (("--template", "resolved", "--audience", "users", "--preview", "--set", "started=soon"), "is not a moment"),
        (("--template", "resolved", "--audience", "users", "--preview", "--set", "x"), "write K=V"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(vagt: Vagt, words: tuple[str, ...], told: str) -> None:
    ref = vagt.created("Mail is down", "--service", "Mail")
    said = vagt("update", ref, *words)
    assert said.code == 2 and told in said.err, said


def test_an_approval_goes_from_one_person_to_another(vagt: Vagt) -> None:
    ref = vagt.created("Mail is down", "--service", "Mail", "--impact", "1", "--urgency", "1")
    asked = vagt("update", ref, "--template", "resolved", "--audience", "press", "--send", "--json")
    assert [one["status"] for one in asked.json["deliveries"]] == ["awaiting approval"]
    (waiting,) = vagt("approvals", "list", "--json").json["approvals"]
    assert (waiting["ref"], waiting["audience"], waiting["text"]) == (ref, "press", asked.json["messages"][0]["text"])
    mine = vagt("approvals", "approve", waiting["id"][:6], "--json")
    assert mine.code == 1 and "you wrote it yourself" in mine.json["errors"][0]["message"]
    as_bo(vagt)
    said = vagt("approvals", "approve", waiting["id"][:6], "--json")
    assert said.code == 0, said
    assert [one["status"] for one in said.json["deliveries"]] == ["sent"]
    timeline = vagt("show", ref, "--json").json["timeline"]
    assert [entry["text"] for entry in timeline if entry["kind"] == "comment"] == [waiting["text"]]
    assert vagt("approvals", "list", "--json").json["approvals"] == []
    assert vagt("approvals", "approve", waiting["id"][:6]).code == 1


def test_an_approval_is_sent_back_with_words(vagt: Vagt) -> None:
    ref = vagt.created("Mail is down", "--service", "Mail", "--impact", "1", "--urgency", "1")
    vagt("update", ref, "--template", "resolved", "--audience", "press", "--send")
    (waiting,) = vagt("approvals", "list", "--json").json["approvals"]
    as_bo(vagt)
    assert vagt("approvals", "return", waiting["id"]).code == 2
    assert vagt("approvals", "return", waiting["id"], "--text", "Not yet.").code == 0
    assert vagt("approvals", "list", "--json").json["approvals"] == []
    assert vagt("approvals", "approve", waiting["id"]).code == 1
    assert not [entry for entry in vagt("show", ref, "--json").json["timeline"] if entry["kind"] == "comment"]


def test_all_that_ships_is_in_order(vagt: Vagt) -> None:
    said = vagt("templates", "check", "--json")
    assert said.code == 0, said
    found = said.json["templates"]
    assert len(found) == 36
    assert not [one for one in found if one["problems"]]


def test_a_template_that_needs_what_an_audience_may_not_see_is_not_for_it_and_no_fault(vagt: Vagt) -> None:
    narrow = 'language = "da"\nfields = ["service", "impact_text", "next_update"]'
    vagt.configure(EMPTY_DESK + AUDIENCES.replace('language = "da"', narrow))
    said = vagt("templates", "check", "--json")
    assert said.code == 0, said
    withheld = {one["name"]: one["withheld"] for one in said.json["templates"] if one["withheld"]}
    assert withheld == {
        "maintenance": ["not for users, who may not see window_start, window_end"],
        "workaround": ["not for users, who may not see workaround"],
        "post-incident-summary": ["not for users, who may not see what_was_done"],
    }
    assert "workaround outside da: ok; not for users, who may not see workaround" in vagt("templates", "check").out
    (told,) = [one for one in vagt("doctor", "--json").json["checks"] if one["name"] == "updates"]
    assert told["status"] == "ok"
    assert "template workaround: not for users, who may not see workaround" in told["details"]


def test_a_template_of_the_users_own_lies_over_the_shipped_one_and_is_checked(vagt: Vagt, tmp_path: Path) -> None:
    own = tmp_path / "templates"
    own.mkdir()
    file = own / "resolved.outside.da.j2"
    file.write_text('+++\ntitle = "Ours"\nsubject = "OK"\n+++\nAlt virker.\n', encoding="utf-8")
    (listed,) = vagt("templates", "list", "resolved", "--language", "da", "--json").json["templates"][1:]
    assert listed["source"] == str(file)
    assert vagt("templates", "check", "resolved").code == 0
    file.write_text('+++\ntitle = "Ours"\nsubject = "OK"\n+++\n{{ assignee }} fixed {{ tilte }}\n', encoding="utf-8")
    said = vagt("templates", "check", "resolved")
    assert said.code == 2 and "no field is called “tilte”; did you mean “title”" in said.out
    file.write_text('+++\ntitle = "Ours"\nsubject = "OK"\n+++\n{{ assignee }} fixed it\n', encoding="utf-8")
    assert (
        "the template tells “assignee”, which this audience may not see" in vagt("templates", "check", "resolved").out
    )
    file.write_text("Alt virker.", encoding="utf-8")
    said = vagt("templates", "check", "resolved")
    assert said.code == 2 and "must begin with a TOML part" in said.err


def test_the_template_that_the_docs_show_works(vagt: Vagt, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "communication.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```text\n(\+\+\+.*?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "shop.outside.da.j2").write_text(shown, encoding="utf-8")
    said = vagt("templates", "check", "shop")
    assert said.code == 0 and said.out.endswith("1 template, all in order\n"), said


def test_the_doctor_tries_the_templates_and_reads_the_audiences(vagt: Vagt, tmp_path: Path) -> None:
    def updates() -> list[tuple[str, str]]:
        checks = vagt("doctor", "--json").json["checks"]
        return [(one["status"], one["message"]) for one in checks if one["name"] == "updates"]

    assert updates() == [("ok", "2 audiences; 36 templates in da, en work")]
    vagt.configure(
        EMPTY_DESK + AUDIENCES.replace('language = "da"', 'language = "da"\nfields = ["asignee", "assignee"]')
    )
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "resolved.inside.en.j2").write_text("no front part", encoding="utf-8")
    statuses = updates()
    assert {status for status, _ in statuses} == {"problem", "warning"}
    told = " ".join(words for _, words in statuses)
    assert "must begin with a TOML part" in told
    assert "no field is called “asignee”; did you mean “assignee”" in told
    assert "audience users is outside: it is never told “assignee”" in told


def test_a_console_that_writes_nothing_sends_nothing(vagt: Vagt) -> None:
    ref = vagt.created("Mail is down", "--service", "Mail")
    vagt.configure("[console]\nread_only = true\n" + EMPTY_DESK + AUDIENCES)
    said = vagt("update", ref, "--template", "resolved", "--audience", "users", "--send", "--json")
    assert said.code == 2 and "read-only" in said.json["errors"][0]["message"]
    assert said.json["deliveries"] == []
