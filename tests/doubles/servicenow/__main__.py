"""Start the double by hand: python -m tests.doubles.servicenow --port 8100 --incidents 5000."""

from __future__ import annotations

import argparse
import asyncio
import json

from tests.doubles.servicenow.auth import CLIENT_ID, CLIENT_SECRET
from tests.doubles.servicenow.server import Instance
from tests.doubles.servicenow.world import API_KEY, PASSWORD

_TOLD = """\
A ServiceNow on {url}, with {count} incidents. To try the console against it:

[[backends]]
name = "snow"
adapter = "servicenow"
url = "{url}"
auth = "basic"
username = "anna"

VAGT_SECRET_SNOW={password}

API key of anna: {key}
OAuth: client_id {client}, client_secret {secret}
The state of one incident:  curl '{url}/_double/incident?number=INC0010001'
What the client cannot see: curl {url}/_double/seen      The log: curl {url}/_double/log
A quirk:                    curl -d '{{"hide_journal": true}}' {url}/_double/quirks
"""


async def _run(port: int, count: int, quirks: dict[str, object]) -> None:
    instance = Instance(incidents_=count, **quirks)
    await instance.start(port)
    told = {"password": PASSWORD, "key": API_KEY, "client": CLIENT_ID, "secret": CLIENT_SECRET}
    print(_TOLD.format(url=instance.url, count=count, **told), flush=True)
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.doubles.servicenow")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--incidents", type=int, default=200)
    parser.add_argument("--quirks", type=json.loads, default={}, help='JSON, such as {"late_commit": 2}')
    given = parser.parse_args()
    try:
        asyncio.run(_run(given.port, given.incidents, given.quirks))
    except KeyboardInterrupt:
        print("stopped")


if __name__ == "__main__":
    main()
