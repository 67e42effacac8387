"""`escalate`, `watch` and `oncall` with rotas: as a script meets them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.unit.cli_driver import Vagt
from vagt.domain import marker

CONFIG = """
[[backends]]
name = "desk"
adapter = "embedded"
username = "anna"
[backends.options]
people = {{ anna = "Anna Holm", bo = "Bo Friis", carl = "Carl Berg", dora = "Dora Lund" }}
teams = {{ NOC = "anna, bo", Databases = "carl" }}
services = {{ Mail = "NOC" }}

[[people]]
name = "anna"
full_name = "Anna Holm"
manager = "dora"
channels = ["hook"]
[[people]]
name = "carl"
full_name = "Carl Berg"
channels = ["hook"]
[[people]]
name = "dora"
full_name = "Dora Lund"
channels = ["hook"]

[[rotas]]
name = "noc"
team = "NOC"
timezone = "Europe/Copenhagen"
people = ["anna"]
start = 2026-01-05T08:00:00
every = "7d"
[[rotas]]
name = "db"
team = "Databases"
timezone = "Asia/Tokyo"
people = ["carl", "anna"]
start = 2026-01-05T08:00:00
every = "1d"
overrides = [{{ from = 2030-01-01T00:00:00, to = 2030-01-02T00:00:00, who = "dora" }}]
[[rotas]]
name = "later"
team = "Network"
people = ["anna"]
start = 2090-01-05T08:00:00
every = "7d"

[[channels]]
name = "hook"
url = "json://127.0.0.1:{port}/"

[[escalations]]
name = "p1"
query = "p<=1"
steps = [
  {{ after = "0m", to = "oncall:noc" }},
  {{ after = "0m", to = "oncall:db" }},
  {{ after = "4h", to = "manager", kind = "hierarchical" }},
]
"""


class Hook:
    """A web hook on this machine: what it was told."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                hook.titles.append(json.loads(body).get("title", ""))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.close()


@pytest.fixture
def vagt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], hook: Hook) -> Vagt:
    made = Vagt(tmp_path, monkeypatch, capsys)
    made.configure(CONFIG.format(port=hook.port))
    return made


@pytest.fixture
def down(vagt: Vagt) -> str:
    return vagt.created("Mail is down", "--impact", "1", "--urgency", "1", "--team", "NOC")


def test_the_next_step_of_its_path_is_carried_out_and_stands_in_the_timeline(vagt: Vagt, down: str, hook: Hook) -> None:
    said = vagt("escalate", down, "--reason", "the queue grows", "--json")
    assert said.code == 0, said.err
    (result,) = said.json["results"]
    assert (result["ref"], result["status"]) == (down, "done")
    assert "told Anna Holm by hook" in result["message"]
    assert hook.titles == [f"P1 {down}: Mail is down"]
    timeline = vagt("show", down, "--json").json["timeline"]
    assert any("the queue grows" in entry["text"] for entry in timeline)
    assert [each.kind for entry in timeline for each in marker.find(entry["text"])] == ["done"]
    assert "[vagt" not in vagt("show", down).out, "people need not read what consoles say to each other"

    again = vagt("escalate", down, "--reason", "still", "--json").json["results"][0]
    assert "step 2 of 3" in again["message"]
    assert vagt.incident(down)["team"] == "Databases"


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("oncall:db", "Carl Berg by hook"),
        ("db", "Carl Berg by hook"),
        ("user:dora", "Dora Lund by hook"),
        ("manager", "Dora Lund by hook"),
        ("channel:hook", "told the channel hook"),
        ("team:Databases", "escalated by the backend"),
        ("backend", "escalated by the backend"),
        ("Databases", "Carl Berg by hook"),
    ],
)
def test_a_target_of_ones_own(vagt: Vagt, down: str, to: str, words: str) -> None:
    said = vagt("escalate", down, "--to", to, "--reason", "asked for", "--json")
    assert said.code == 0, said.out
    assert words in said.json["results"][0]["message"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--to", "team:Nobodies", "--reason", "x"), 1, "Nobodies"),
        (("--level", "7", "--reason", "x"), 1, "3 steps"),
        (("--to", "oncall:later", "--reason", "x"), 1, "NOBODY is on call"),
        (("--reason", "  "), 2, "reason"),
        (("--level", "1", "--to", "backend", "--reason", "x"), 2, "together"),
        ((), 2, "--reason"),
    ],
)
def test_what_cannot_be_done_is_said(vagt: Vagt, down: str, words: tuple[str, ...], code: int, message: str) -> None:
    said = vagt("escalate", down, *words)
    assert said.code == code, said.out + said.err
    assert message in said.out + said.err


def test_a_step_by_its_number(vagt: Vagt, down: str) -> None:
    said = vagt("escalate", down, "--level", "3", "--reason", "the big one", "--json")
    assert "Dora Lund by hook" in said.json["results"][0]["message"]
    assert "top of p1" in vagt("escalate", down, "--reason", "more").out


def test_what_is_over_is_not_escalated(vagt: Vagt, down: str, hook: Hook) -> None:
    vagt("resolve", down, "--text", "restarted")
    said = vagt("escalate", down, "--reason", "late")
    assert said.code == 1
    assert "reopen it first" in said.out
    assert hook.titles == []


def test_where_no_path_fits_the_backends_own_levels_are_climbed(vagt: Vagt) -> None:
    mild = vagt.created("Printer jam", "--impact", "3", "--urgency", "3", "--team", "NOC")
    said = vagt("escalate", mild, "--level", "2", "--reason", "the printer is the boss's", "--json")
    assert said.code == 0, said.out
    assert vagt.incident(mild)["assignee"] == "bo"


def test_watch_once_does_what_is_due_and_then_nothing(vagt: Vagt, down: str, hook: Hook) -> None:
    said = vagt("watch", "--once", "--json")
    assert said.code == 0, said.err
    assert said.statuses == ["done", "done"]
    assert hook.titles == [f"P1 {down}: Mail is down"] * 2
    assert vagt("watch", "--once", "--json").statuses == []
    vagt("ack", vagt.created("Taken already", "--impact", "1", "--urgency", "1"))
    assert vagt("watch", "--once", "--json").statuses == []


def test_a_hook_that_is_away_is_a_step_that_failed(vagt: Vagt, down: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from vagt.cli import watch
    from vagt.escalation.timing import Timing

    monkeypatch.setattr(watch, "USUAL", Timing(lease=5.0, margin=1.0, settle=0.5))
    vagt.configure(CONFIG.format(port=1))
    said = vagt("watch", "--once", "--json")
    assert said.code == 1
    assert said.statuses == ["refused"]


def test_oncall_tells_rotas_beside_the_backend_and_warns_of_nobody(vagt: Vagt) -> None:
    said = vagt("oncall", "--json")
    assert said.code == 0
    by_rota = {duty["rota"]: duty for duty in said.json["oncall"] if duty["backend"] is None}
    assert (by_rota["noc"]["who"], by_rota["noc"]["source"]) == ("anna", "rota:noc")
    assert by_rota["db"]["who"] in ("carl", "anna")
    assert by_rota["db"]["until"] == by_rota["db"]["next_handover"]
    assert (by_rota["later"]["who"], by_rota["later"]["until"]) == ("", "2090-01-05T08:00:00Z")
    assert "NOBODY is on call for Network (rota later)" in said.err
    assert said.json["warnings"] == ["NOBODY is on call for Network (rota later)"]
    assert said.json["errors"] == []
    assert {duty["source"] for duty in said.json["oncall"] if duty["backend"]} == {"desk"}


def test_oncall_at_another_time_and_for_one_team(vagt: Vagt) -> None:
    said = vagt("oncall", "--team", "Databases", "--at", "2030-01-01T10:00:00Z", "--json")
    (duty,) = [duty for duty in said.json["oncall"] if duty["backend"] is None]
    assert (duty["who"], duty["by"], duty["who_name"]) == ("dora", "override", "Dora Lund")
    assert (duty["from"], duty["until"]) == ("2029-12-31T15:00:00Z", "2030-01-01T15:00:00Z")


def test_a_config_with_these_tables_needs_no_excuse_any_more(vagt: Vagt) -> None:
    assert "this version" not in vagt("oncall").err


def test_the_hand_over_as_markdown_as_json_and_into_a_channel(vagt: Vagt, down: str, hook: Hook) -> None:
    vagt("ack", down)
    vagt("note", down, "--text", "restarting the store")
    said = vagt("handover")
    assert said.code == 0, said.err
    assert f"### P1 {down} Mail is down" in said.out
    assert "restarting the store" in said.out
    assert "NOBODY is on call for Network" in said.out
    found = vagt("handover", "--since", "1h", "--json").json["handover"]
    assert [item["incident"]["ref"] for item in found["items"]] == [down]
    assert {action["what"] for action in found["actions"]} >= {"acknowledge", "note", "create"}
    sent = vagt("handover", "--channel", "hook", "--json")
    assert sent.code == 0, sent.err
    assert sent.json["delivery"]["status"] == "sent"
    assert hook.titles[-1].startswith("Hand-over from")
    assert vagt("handover", "--channel", "nowhere").code == 2
    assert vagt("handover", "--since", "whenever").code == 2


def test_a_snooze_with_a_note_rings_when_its_time_has_come(vagt: Vagt, down: str, hook: Hook) -> None:
    assert vagt("snooze", down, "--for", "1s", "--note", "call the vendor").code == 0
    import time

    time.sleep(1.1)
    said = vagt("watch", "--once", "--json")
    reminders = [result for result in said.json["results"] if "call the vendor" in result["message"]]
    assert [(result["ref"], result["status"]) for result in reminders] == [(down, "done")]
    assert not any(
        "call the vendor" in result["message"] for result in vagt("watch", "--once", "--json").json["results"]
    )


def test_watch_once_says_that_another_process_keeps_the_watch(
    tmp_path: Path, vagt: Vagt, down: str, hook: Hook
) -> None:
    from vagt.engine.lease import Lease

    other = Lease(tmp_path / "data" / "watch.lock")
    assert other.acquire()
    said = vagt("watch", "--once")
    assert (said.code, said.out) == (0, "")
    assert "no step was looked at: another Vagt on this data folder keeps the watch" in said.err
    assert hook.titles == []
    other.release()
    assert "keeps the watch" not in vagt("watch", "--once").err
    assert len(hook.titles) == 2


def test_watch_goes_on_until_it_is_told_to_end(tmp_path: Path, vagt: Vagt, down: str, hook: Hook) -> None:
    import signal
    import subprocess
    import sys
    import time

    where = ["--config", str(tmp_path / "config.toml"), "--data-dir", str(tmp_path / "data")]
    process = subprocess.Popen(
        [sys.executable, "-m", "vagt", *where, "watch"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        ends = time.monotonic() + 30
        while len(hook.titles) < 2 and time.monotonic() < ends:
            time.sleep(0.1)
        time.sleep(1.0)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert hook.titles == [f"P1 {down}: Mail is down"] * 2
    assert "step 1 of 3 on p1" in out
    assert "Traceback" not in err


def test_what_came_back_into_work_is_taken_in_hand_with_ack(vagt: Vagt, down: str, hook: Hook) -> None:
    assert vagt("ack", down).code == 0
    assert vagt("resolve", down, "--text", "restarted").code == 0
    vagt.configure(CONFIG.format(port=hook.port).replace('username = "anna"', 'username = "bo"'))
    assert vagt("reopen", down).code == 0
    vagt.configure(CONFIG.format(port=hook.port))
    assert vagt("ack", down).code == 0
    timeline = vagt("show", down, "--json").json["timeline"]
    assert [each.kind for entry in timeline for each in marker.find(entry["text"])] == ["ack"]
    assert "Anna Holm has it again: it was reopened." in vagt("show", down).out
    assert vagt("ack", down).code == 0
    assert vagt("watch", "--once", "--json").json["results"] == []
    assert hook.titles == [], "nobody is called any more"
    timeline = vagt("show", down, "--json").json["timeline"]
    assert sum("has it again" in entry["text"] for entry in timeline) == 1, "once is enough"


def test_what_came_back_into_work_is_escalated_where_nobody_takes_it(vagt: Vagt, down: str, hook: Hook) -> None:
    assert vagt("ack", down).code == 0
    assert vagt("resolve", down, "--text", "restarted").code == 0
    vagt.configure(CONFIG.format(port=hook.port).replace('username = "anna"', 'username = "bo"'))
    assert vagt("reopen", down).code == 0
    assert [each["status"] for each in vagt("watch", "--once", "--json").json["results"]] == ["done"] * 2
    assert len(hook.titles) == 2
    assert "nobody has acknowledged it since it was reopened" in vagt("show", down).out
