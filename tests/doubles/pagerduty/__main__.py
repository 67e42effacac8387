"""Start the double by hand: python -m tests.doubles.pagerduty --port 8100 --incidents 5000."""

from __future__ import annotations

import argparse
import asyncio
import json

from tests.doubles.pagerduty.server import PagerDuty
from tests.doubles.pagerduty.world import ACCOUNT_KEY, BEARER, CLIENT_ID, CLIENT_SECRET, READ_ONLY_KEY, USER_KEY

_TOLD = """\
A PagerDuty account on {url}, with {count} incidents. To try the console against it:

[[backends]]
name = "pd"
adapter = "pagerduty"
url = "{url}"
auth = "api-key"

VAGT_SECRET_PD={key}

The key of the account (needs username = "anna@acme.example"): {account}
A key that may only read: {reading}
An OAuth token (auth = "token"): {bearer}
An application (auth = "oauth", options client_id = "{client}", account = "us.acme",
identity_url = "{url}"): {secret}
The state of one incident:  curl '{url}/_double/incident?number=101'
What the client cannot see: curl {url}/_double/seen      The log: curl {url}/_double/log
A quirk:                    curl -d '{{"snooze_needs_ack": true}}' {url}/_double/quirks
An hour goes by:            curl -d 3600 {url}/_double/skip
"""


async def _run(port: int, count: int, quirks: dict[str, object]) -> None:
    account = PagerDuty(incidents_=count, **quirks)
    await account.start(port)
    told = {
        "key": USER_KEY,
        "account": ACCOUNT_KEY,
        "reading": READ_ONLY_KEY,
        "bearer": BEARER,
        "client": CLIENT_ID,
        "secret": CLIENT_SECRET,
    }
    print(_TOLD.format(url=account.url, count=count, **told), flush=True)
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.doubles.pagerduty")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--incidents", type=int, default=40)
    parser.add_argument("--quirks", type=json.loads, default={}, help="as JSON, such as '{\"bots\": true}'")
    given = parser.parse_args()
    try:
        asyncio.run(_run(given.port, given.incidents, given.quirks))
    except KeyboardInterrupt:
        print("stopped")


if __name__ == "__main__":
    main()
