"""The program itself against the account: what it does, its exits, and no secret in anything that it leaves behind."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.adapters.pagerduty.conftest import MakeRig
from tests.adapters.pagerduty.rig import ANNA, PdRig
from tests.doubles.pagerduty.world import ACCOUNT_KEY

CLIMBING = """
[[escalations]]
name = "all"
query = "is:open"
steps = [{ after = "0m", to = "backend" }, { after = "20m", to = "user:dina@acme.example" }]
"""


async def vagt(rig: PdRig, home: Path, *arguments: str, more: str = "") -> tuple[int, str]:
    """Run the program; its exit and everything that it printed."""
    config = home / "config.toml"
    config.write_text(
        "[console]\nundo = 0\n[[backends]]\n"
        f'name = "pd"\nadapter = "pagerduty"\nurl = "{rig.account.url}"\nusername = "{ANNA}"\n{more}'
    )
    environment = {
        **os.environ,
        "VAGT_CONFIG": str(config),
        "VAGT_DATA_DIR": str(home / "data"),
        "VAGT_SECRET_PD": ACCOUNT_KEY,
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
    rig: PdRig = await rigs(incidents=40)
    id = rig.register("from a script", "Shop")
    number = rig.incident(id).number
    printed = []

    async def run(*arguments: str, exit: int = 0) -> str:
        code, out = await vagt(rig, tmp_path, *arguments)
        printed.append(out)
        assert code == exit, out
        return out

    assert len(json.loads(await run("list", "--json"))["incidents"]) == 41
    await run("ack", f"pd:{number}")
    await run("comment", f"pd:{number}", "--text", "we are on it")
    await run("resolve", f"pd:{number}", "--text", "mended")
    incident = rig.incident(id)
    assert (incident.status, [update.message for update in incident.updates]) == ("resolved", ["we are on it"])
    assert "no waiting state" in await run("hold", f"pd:{number}", "--reason", "parts", exit=1)
    told = json.loads(await run("show", f"pd:{number}", "--json"))
    assert "we are on it" in [entry["text"] for entry in told["timeline"] if entry["public"]]
    assert "carries the address anna@acme.example" in " ".join((await run("doctor")).split())
    rig.account.door.shut = True
    assert "Authentication failed" in await run("list", exit=3)
    left = [path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert left
    for secret in rig.secrets:
        assert not any(secret in out for out in printed)
        assert not any(secret.encode() in held for held in left)


@pytest.mark.timeout(180)
async def test_a_path_of_the_config_climbs_the_policys_own_levels_once(rigs: MakeRig, tmp_path: Path) -> None:
    rig: PdRig = await rigs()
    id = rig.register("nobody takes it", "Shop", ago=timedelta(minutes=1))
    for _ in range(2):
        code, out = await vagt(rig, tmp_path, "watch", "--once", more=CLIMBING)
        assert code == 0, out
    assert rig.incident(id).level == 2
    levels = [entry for entry in rig.account.store.log if entry.type.startswith("escalate")]
    assert len(levels) == 1


@pytest.mark.timeout(180)
async def test_urgency_alone_is_enough_where_there_is_no_impact(rigs: MakeRig, tmp_path: Path) -> None:
    rig: PdRig = await rigs()
    code, out = await vagt(
        rig, tmp_path, "create", "--backend", "pd", "--title", "Low on paper", "--service", "Shop", "--urgency", "3"
    )
    assert code == 0, out
    (incident,) = [one for one in rig.account.store.incidents.values() if one.title == "Low on paper"]
    assert incident.urgency == "low"
    code, out = await vagt(rig, tmp_path, "priority", f"pd:{incident.number}", "--urgency", "1")
    assert (code, incident.urgency) == (0, "high"), out
    for half in (("--impact", "1"), ("--set", "1", "--urgency", "1")):
        code, out = await vagt(rig, tmp_path, "priority", f"pd:{incident.number}", *half)
        assert code == 2, out


@pytest.mark.timeout(180)
async def test_an_unmanned_level_is_a_warning(rigs: MakeRig, tmp_path: Path) -> None:
    code, out = await vagt(await rigs(), tmp_path, "oncall", "--team", "Inbox")
    assert code == 0
    assert "NOBODY is on call for Inbox on pd, level 1" in out
    assert "Bo Lund" in out
