"""The program itself against a Jira: what it cannot tell is a refusal, and no backend that is away."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.adapters.jsm.rig import JsmRig


@pytest.mark.timeout(120)
async def test_a_data_center_without_rotas_is_not_called_unreachable(dc: JsmRig, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        f'[[backends]]\nname = "jira"\nadapter = "jsm"\nurl = "{dc.site.url}"\nauth = "token"\n'
        'options = { projects = ["OPS"], team_field = "components" }\n'
    )
    environment = {
        **os.environ,
        "VAGT_CONFIG": str(config),
        "VAGT_DATA_DIR": str(tmp_path / "data"),
        "VAGT_SECRET_JIRA": dc.secret,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "vagt",
        "oncall",
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 100)
    assert (process.returncode, "only Cloud has Operations" in out.decode()) == (1, True), out
