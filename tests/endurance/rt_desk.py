"""A fresh queue of a real Request Tracker with tickets, and what RT itself says came of the actions."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from tests.adapters.rt.rig import Api
from tests.endurance.desk import Desk
from tests.endurance.script import Script, Step, mixed, name_of
from tests.servers.rt import RtServer


class RtDesk(Desk):
    """Anna's folder, with `tickets` tickets that a colleague has registered."""

    def __init__(
        self, server: RtServer, folder: Path, *, tickets: int, url: str | None = None, undo: float = 1.5
    ) -> None:
        self.server = server
        self.queue = server.queue()
        self.ids = _registered(server, self.queue, tickets)
        self.script = mixed("rt", self.ids)
        super().__init__(folder, self._backend(url or server.url), undo=undo, VAGT_SECRET_RT=server.tokens["anna"])

    def point_at(self, url: str, *, undo: float) -> None:
        self.configure(self._backend(url), undo)

    def _backend(self, url: str) -> str:
        return (
            f'[[backends]]\nname = "rt"\nadapter = "rt"\nurl = "{url}"\nauth = "token"\n'
            f'[backends.options]\nqueues = ["{self.queue}"]\n'
        )

    async def wrong(self, script: Script) -> dict[str, int]:
        """The actions that are not found once in RT, and how often they are; for each one a look of its own."""
        root = Once(Api(self.server.url, self.server.tokens["root"]))
        times = Counter({name_of(step): await _times(root, self.queue, step) for step in script})
        await root.api.close()
        assert len(times) == len(script)
        return {name: n for name, n in times.items() if n != 1}


def _registered(server: RtServer, queue: str, count: int) -> tuple[str, ...]:
    """Whole tickets, with history and watchers, as a colleague registers them."""
    rows = [
        {"Queue": queue, "Subject": f"ticket {n}", "Content": "x", "ContentType": "text/plain"} for n in range(count)
    ]
    headers = {"Authorization": f"token {server.tokens['bo']}"}
    answer = httpx.post(f"{server.url}/REST/2.0/tickets/bulk", json=rows, headers=headers, timeout=60, trust_env=False)
    answer.raise_for_status()
    return tuple(str(row["id"]) for row in answer.json())


class Once:
    """Asks RT for each ticket's history and texts only once."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._histories: dict[str, list[dict[str, Any]]] = {}
        self._texts: dict[tuple[str, str], list[str]] = {}

    async def history(self, id: str) -> list[dict[str, Any]]:
        if id not in self._histories:
            self._histories[id] = await self.api.history(id)
        return self._histories[id]

    async def texts(self, id: str, kind: str) -> list[str]:
        if (id, kind) not in self._texts:
            self._texts[id, kind] = await self.api.texts(id, kind)
        return self._texts[id, kind]


async def _times(api: Once, queue: str, step: Step) -> int:
    match step["verb"]:
        case "note":
            return (await api.texts(step["id"], "Comment")).count(step["text"])
        case "comment":
            return (await api.texts(step["id"], "Correspond")).count(step["text"])
        case "resolve":
            texts = await api.texts(step["id"], "Correspond") + await api.texts(step["id"], "Comment")
            resolved = [
                r for r in await api.history(step["id"]) if r["Type"] == "Status" and r["NewValue"] == "resolved"
            ]
            return max(texts.count(step["text"]), len(resolved))
        case "acknowledge" | "take":
            owners = [r for r in await api.history(step["id"]) if r["Type"] == "Set" and r["Field"] == "Owner"]
            return len(owners)
        case "priority":
            rows = await api.history(step["id"])
            return len([r for r in rows if r["Type"] == "Set" and r["Field"] == "Priority"])
        case "link":
            rows = await api.history(step["id"])
            return len([r for r in rows if r["Type"] == "AddLink"])
        case "create":
            query = f"Queue = '{queue}' AND Subject = '{step['title']}'"
            return int((await api.api.send("GET", f"/tickets?query={query}"))["total"])
        case verb:
            raise AssertionError(verb)
