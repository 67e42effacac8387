"""Start the double by hand: python -m tests.doubles.jsm --port 8100 --incidents 5000 [--deployment dc]."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from tests.doubles.jsm import world
from tests.doubles.jsm.server import Site

_CLOUD = """\
[[backends]]
name = "jira"
adapter = "jsm"
url = "{url}"
auth = "basic"
username = "anna@example.org"
options = {{ projects = ["OPS"], gateway_url = "{url}" }}

VAGT_SECRET_JIRA={secret}
"""
_DATA_CENTER = """\
[[backends]]
name = "jira"
adapter = "jsm"
url = "{url}"
auth = "token"
options = {{ projects = ["OPS"] }}

VAGT_SECRET_JIRA={secret}
"""
_TOLD = """
The state of one issue:     curl '{url}/_double/issue?key=OPS-1'
Mail, alerts, requests:     curl {url}/_double/seen      The log: curl {url}/_double/log
A colleague's change:       curl -d '{{"key": "OPS-1", "assignee": "bo"}}' {url}/_double/save
The token dies:             curl -d '{{"shut": true}}' {url}/_double/door
A quirk:                    curl -d '{{"lag": 5}}' {url}/_double/quirks
"""


async def _run(port: int, count: int, deployment: str, quirks: dict[str, Any]) -> None:
    site = Site(deployment=deployment, incidents_=count, **quirks)
    await site.start(port)
    name, config, secret = (
        ("Jira Cloud", _CLOUD, world.API_TOKEN) if site.cloud else ("Jira Data Center", _DATA_CENTER, world.PAT)
    )
    print(f"A {name} on {site.url}, with {count} incidents. To try the console against it:\n")
    print(config.format(url=site.url, secret=secret) + _TOLD.format(url=site.web.url), flush=True)
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.doubles.jsm")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--incidents", type=int, default=200)
    parser.add_argument("--deployment", choices=("cloud", "dc"), default="cloud")
    parser.add_argument("--quirks", type=json.loads, default={}, help='JSON, such as {"lag": 5}')
    given = parser.parse_args()
    try:
        asyncio.run(_run(given.port, given.incidents, given.deployment, given.quirks))
    except KeyboardInterrupt:
        print("stopped")


if __name__ == "__main__":
    main()
