"""An Alertmanager for a person who wants to try the console on it: start, fire, resolve, look, stop."""

from __future__ import annotations

import argparse
import json
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.servers.alertmanager import Alertmanager, Broken, alive, end
from tests.servers.alertmanager_package import CannotInstall, cache, install

_KINDS = (
    ("HostDown", "critical", "infra", "{instance} does not answer"),
    ("DiskFull", "warning", "infra", "{instance}: /var is {percent} % full"),
    ("HighLatency", "warning", "shop", "Checkout answers slowly: p99 is {percent}0 ms"),
    ("ErrorRate", "critical", "shop", "{percent} % of the requests to the shop fail"),
    ("CertificateEnds", "info", "net", "The certificate of {instance} ends in {percent} days"),
    ("LinkFlaps", "error", "net", "The uplink of {instance} went up and down {percent} times"),
)
_CLUSTERS = ("aarhus", "kolding", "odense")


def _facts(state: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((state / "running.json").read_text()))
    except (OSError, ValueError):
        return {}


def _running(state: Path) -> Alertmanager:
    facts = _facts(state)
    if not facts or not alive(facts["pid"]):
        raise SystemExit("not running: python -m tests.servers.alertmanager up")
    server = Alertmanager(state)
    server.port = facts["port"]
    return server


def _up(state: Path, port: int) -> None:
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    facts = _facts(state)
    if facts and alive(facts["pid"]):
        print("already running", file=sys.stderr)
    else:
        install()
        server = Alertmanager(state)
        server.start(port=port or facts.get("port", 0), keep=True)
        (state / "running.json").write_text(json.dumps({"pid": server.pid, "port": server.port}))
    url = _running(state).url
    print(f"# Alertmanager: {url}   (python -m tests.servers.alertmanager fire 8)")
    print("# To try it, put this into a config file:")
    print(f'[[backends]]\nname = "am"\nadapter = "alertmanager"\nurl = "{url}"')


def _fire(server: Alertmanager, count: int, seed: int) -> None:
    """So many alerts, the same ones each time for the same seed."""
    chance = random.Random(seed)
    now = datetime.now(UTC)
    alerts = []
    for number in range(count):
        name, severity, team, words = _KINDS[number % len(_KINDS)]
        instance = f"{team}-{number // len(_KINDS) + 1}.example.org"
        labels = {
            "alertname": name,
            "severity": severity,
            "team": team,
            "service": "shop" if team == "shop" else "platform",
            "cluster": _CLUSTERS[chance.randrange(len(_CLUSTERS))],
            "instance": instance,
        }
        alerts.append(
            {
                "labels": labels,
                "annotations": {
                    "summary": words.format(instance=instance, percent=chance.randrange(2, 99)),
                    "description": f"Seen by Prometheus on {instance}. Look at the dashboard first.",
                    "runbook_url": f"https://runbooks.example.org/{name}",
                },
                "generatorURL": f"http://prometheus.example.org/graph?g0.expr={name}",
                "startsAt": (now - timedelta(minutes=chance.randrange(1, 90))).isoformat(),
            }
        )
    server.fire(alerts)
    print(f"{count} alerts fire")


def _resolve(server: Alertmanager, words: list[str]) -> None:
    """All whose labels hold one of these words; all at all without."""
    fits = [
        alert["labels"]
        for alert in server.alerts()
        if not words or any(word in value for word in words for value in alert["labels"].values())
    ]
    server.resolve(fits)
    print(f"{len(fits)} alerts are well again")


def _list(server: Alertmanager) -> None:
    for alert in server.alerts():
        labels = " ".join(f"{name}={value}" for name, value in alert["labels"].items())
        print(f"{alert['status']['state']:11} {labels}")
    for silence in server.silences():
        what = " ".join(f"{one['name']}={one['value']}" for one in silence["matchers"])
        print(f"silence {silence['status']['state']:8} {silence['createdBy']}: {silence['comment']} [{what}]")


def _down(state: Path) -> None:
    facts = _facts(state)
    if facts and alive(facts["pid"]):
        end(facts["pid"])


def main() -> None:
    """`up`, `fire N`, `resolve [WORD…]`, `list`, `down`."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.alertmanager", description=__doc__)
    parser.add_argument("--state", type=Path, default=cache() / "am-by-hand", help="its folder")
    doing = parser.add_subparsers(dest="what", required=True)
    up = doing.add_parser("up", help="start it")
    up.add_argument("--port", type=int, default=0, help="default: any free one, then the same again")
    fire = doing.add_parser("fire", help="so many alerts")
    fire.add_argument("count", type=int)
    fire.add_argument("--seed", type=int, default=1, help="another one: other alerts")
    resolve = doing.add_parser("resolve", help="those with one of these words in a label, or all")
    resolve.add_argument("words", nargs="*")
    doing.add_parser("list", help="what fires, and all silences")
    doing.add_parser("down", help="stop it; silences stay for the next time")
    given = parser.parse_args()
    state = given.state.absolute()
    try:
        match given.what:
            case "up":
                _up(state, given.port)
            case "fire":
                _fire(_running(state), given.count, given.seed)
            case "resolve":
                _resolve(_running(state), given.words)
            case "list":
                _list(_running(state))
            case _:
                _down(state)
    except (CannotInstall, Broken) as error:
        raise SystemExit(str(error)) from None
