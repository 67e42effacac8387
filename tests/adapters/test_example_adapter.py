"""A stranger's adapter, built as a wheel and installed beside Vagt, is listed unseen, used over HTTP, and trusted."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[2] / "docs" / "example-adapter"

_LIST_UNSEEN = """
import sys
from vagt.__main__ import main
code = main(["adapters"])
seen = sorted(name for name in sys.modules if name.startswith("vagt_tidydesk"))
assert not seen, seen
assert "vagt.adapters.registry" in sys.modules
sys.exit(code)
"""


def _run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the example's wheel is installed, beside Vagt and nowhere near its source."""
    folder = tmp_path_factory.mktemp("example")
    source = shutil.copytree(EXAMPLE, folder / "source", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "-q")
    _run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", folder / "dist", source)
    (wheel,) = (folder / "dist").glob("*.whl")
    assert wheel.name == "vagt_tidydesk-1.2.0-py3-none-any.whl"
    _run(*pip, "install", "--no-deps", "--no-index", "--target", folder / "site", wheel)
    return folder / "site"


class Console:
    """`vagt` in processes of its own, with the installed example on the path."""

    def __init__(self, site: Path, folder: Path, url: str) -> None:
        self._folder = folder
        (folder / "config.toml").write_text(
            f'[[backends]]\nname = "tidy"\nadapter = "tidydesk"\nurl = "{url}"\n[backends.options]\npage_size = 2\n',
            encoding="utf-8",
        )
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("VAGT_")},
            "PYTHONPATH": os.pathsep.join([str(site), str(EXAMPLE / "tests")]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "VAGT_CONFIG": str(folder / "config.toml"),
            "VAGT_DATA_DIR": str(folder / "data"),
            "VAGT_SECRET_TIDY": "tidy-token-1",
        }

    async def python(self, *arguments: str) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            cwd=self._folder,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        assert b"Traceback" not in err, err.decode()
        assert b"tidy-token-1" not in out + err
        return process.returncode, out.decode(), err.decode()

    async def __call__(self, *words: str) -> tuple[int, dict[str, Any]]:
        code, out, err = await self.python("-m", "vagt", *words, "--json")
        assert out, err
        return code, json.loads(out)


@pytest.fixture
def server_module() -> Any:
    path = EXAMPLE / "tests" / "tidydesk_server.py"
    spec = importlib.util.spec_from_file_location("tidydesk_server", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
async def server(server_module: Any) -> AsyncIterator[Any]:
    made = server_module.TidyDeskServer()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def console(site: Path, tmp_path: Path, server: Any) -> Console:
    return Console(site, tmp_path, server.url)


def test_the_wheel_holds_the_adapter_and_nothing_else(site: Path) -> None:
    assert not any(Path(sysconfig.get_path("purelib")).glob("vagt_tidydesk*")), "it must not be in our own environment"
    assert {path.name for path in site.iterdir()} == {"vagt_tidydesk", "vagt_tidydesk-1.2.0.dist-info"}


async def test_it_is_listed_with_its_version_without_being_imported(console: Console) -> None:
    code, out, err = await console.python("-c", _LIST_UNSEEN)
    assert code == 0, err
    (line,) = [line for line in out.splitlines() if line.startswith("tidydesk")]
    assert "vagt-tidydesk 1.2.0" in line
    _, told = await console("adapters", "tidydesk")
    assert told["adapters"][0]["title"] == "Tidy Desk"


async def test_a_config_uses_it_for_listing_and_acting(console: Console, server: Any) -> None:
    for title in ("mail is slow", "printer prints 東京", "vpn drops"):
        server.desk.create({"title": title}, "bo")
    code, listed = await console("list", "--sort", "number")
    assert code == 0
    assert [incident["title"] for incident in listed["incidents"]] == [
        "mail is slow",
        "printer prints 東京",
        "vpn drops",
    ]
    assert listed["incidents"][0]["ref"] == "tidy:TD-1"

    code, acked = await console("ack", "TD-1")
    assert (code, acked["results"][0]["status"]) == (0, "done")
    assert (server.desk.tickets[1]["status"], server.desk.tickets[1]["assignee"]) == ("working", "anna")

    code, noted = await console("note", "tidy:TD-1", "--text", "looked at the queue: 東京")
    assert (code, noted["results"][0]["status"]) == (0, "done")
    said = [(entry["text"], entry["public"]) for entry in server.desk.entries[1] if entry["kind"] == "note"]
    assert said == [("looked at the queue: 東京", False)]

    code, shown = await console("show", "TD-1")
    assert shown["incident"]["assignee"] == "anna"
    assert "looked at the queue: 東京" in [entry["text"] for entry in shown["timeline"]]


async def test_its_refusals_reach_the_operator_in_words(console: Console, server: Any) -> None:
    server.desk.create({"title": "mail is slow"}, "bo")
    code, refused = await console("assign", "TD-1", "--to", "nobody7")
    assert (code, refused["results"][0]["status"]) == (1, "refused")
    assert "no assignee is called nobody7" in refused["results"][0]["message"]
    assert server.desk.tickets[1]["assignee"] is None
    console.environment["VAGT_SECRET_TIDY"] = "not-the-token"
    code, away = await console("list")
    assert code == 3
    assert "who are you?" in away["errors"][0]["message"]


async def test_the_kit_trusts_it(console: Console) -> None:
    code, out, err = await console.python("-m", "vagt.adapters.conformance", "tidydesk_rig:TidyDeskRig")
    assert code == 0, out + err
    assert out.rstrip().endswith("tidydesk: level “trusted”"), out
    assert "✓ reads    a-crowd-is-listed-in-time" in out
    assert "✓ trusted  a-lost-registration-is-found-out" in out


async def test_its_own_tests_pass_as_the_guide_says(console: Console) -> None:
    arguments = ("-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE / "tests"), "-k", "numbers or throttle")
    code, out, err = await console.python(*arguments, "-c", str(EXAMPLE / "pyproject.toml"))
    assert code == 0, out + err
    assert "3 passed" in out
