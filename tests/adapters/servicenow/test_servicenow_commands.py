"""The program itself against the instance: what it does, its exits, and no secret in anything that it leaves behind."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.adapters.servicenow.conftest import MakeRig
from tests.adapters.servicenow.rig import SnowRig
from tests.doubles.servicenow.world import PASSWORD


async def vagt(rig: SnowRig, home: Path, *arguments: str) -> tuple[int, str]:
    """Run the program; its exit and everything that it printed."""
    config = home / "config.toml"
    config.write_text(
        "[console]\nundo = 0\n[[backends]]\n"
        f'name = "snow"\nadapter = "servicenow"\nurl = "{rig.instance.url}"\nauth = "basic"\nusername = "anna"\n'
    )
    environment = {
        **os.environ,
        "VAGT_CONFIG": str(config),
        "VAGT_DATA_DIR": str(home / "data"),
        "VAGT_SECRET_SNOW": PASSWORD,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "vagt",
        *arguments,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode()


@pytest.mark.timeout(180)
async def test_commands_act_and_leave_no_secret_behind(rigs: MakeRig, tmp_path: Path) -> None:
    rig: SnowRig = await rigs(incidents=40)
    number = rig.row(rig.instance.seeded[0])["number"]
    printed = []

    async def run(*arguments: str, exit: int = 0) -> str:
        code, out = await vagt(rig, tmp_path, *arguments)
        printed.append(out)
        assert code == exit, out
        return out

    assert len(json.loads(await run("list", "--json"))["incidents"]) == 40
    await run("take", f"snow:{number}")
    await run("note", f"snow:{number}", "--text", "noted by script")
    await run("resolve", f"snow:{number}", "--text", "mended", "--code", "solution provided")
    assert rig.row(rig.instance.seeded[0])["close_code"] == "Solution provided"
    assert rig.instance.words(rig.instance.seeded[0], "work_notes") == ("noted by script",)
    another = rig.row(rig.instance.seeded[1])["number"]
    refused = await run("resolve", f"snow:{another}", "--text", "mended", "--code", "by magic", exit=1)
    assert "is none of: Duplicate" in refused
    assert "task_sla" not in await run("show", f"snow:{number}", "--json")
    assert "read entry by entry" in await run("doctor")
    rig.instance.door.shut = True
    assert "Not Authenticated" in await run("list", exit=3)
    rig.instance.door.shut = False
    rig.instance.quirks.quota_500 = True
    await run("list", exit=3)
    left = [path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert left
    for secret in rig.secrets:
        assert not any(secret in out for out in printed)
        assert not any(secret.encode() in held for held in left)
