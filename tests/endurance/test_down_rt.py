"""A Request Tracker that is away while actions are taken: none is lost, none arrives twice."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.endurance.rt_desk import RtDesk
from tests.servers.rt import RtServer


@pytest.mark.timeout(180)
async def test_twenty_actions_wait_for_a_backend_that_is_down(rt: RtServer, tmp_path: Path) -> None:
    (tmp_path / "rt").mkdir()
    server = RtServer(tmp_path / "rt")
    server.start()
    try:
        desk = RtDesk(server, tmp_path, tickets=20, undo=1)
        parts = ((0, 6), (12, 14), (16, 18), (21, 24), (34, 36), (38, 40), (42, 43), (45, 47))
        script = [step for first, last in parts for step in desk.script[first:last]]
        assert len(script) == 20
        port = server.port
        desk.enqueue(script)
        server.stop()

        with desk.draining() as process:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(8)
            assert desk.stages()["queued"] == 20
            server.start(port=port, keep=True)
            assert desk.wait_empty(process, 120) == ""

        assert await desk.wrong(script) == {}
    finally:
        server.stop()
