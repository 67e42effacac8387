"""Start the stand-in by hand: `python -m tests.doubles.ivanti --port 8100 --incidents 5000`."""

from __future__ import annotations

import argparse
import asyncio
import random
from datetime import timedelta

from tests.doubles.ivanti.quirks import Quirks
from tests.doubles.ivanti.server import IvantiDouble

_TROUBLES = ("Mail queue stuck", "VPN drops", "Printer offline", "Disk almost full", "Login slow", "Switch unreachable")
_SERVICES = (("Network Service", "Connectivity"), ("E-mail Service", "Mail Queue"), ("Desktop Service", "Hardware"))


def fill(double: IvantiDouble, count: int, seed: int = 7) -> None:
    """`count` open incidents over the last days, some with an owner, some waiting."""
    chance = random.Random(seed)
    tenant = double.tenant
    for n in range(count):
        service, category = chance.choice(_SERVICES)
        level = chance.choices(("High", "Medium", "Low"), (1, 3, 6), k=2)
        row = double.seed(
            f"{chance.choice(_TROUBLES)} on host-{n:05}",
            Service=service,
            Category=category,
            Impact=level[0],
            Urgency=level[1],
            OwnerTeam=chance.choice(("Service Desk", "Network Support")),
        )
        age = timedelta(minutes=chance.randrange(5, 60 * 24 * 5))
        row["CreatedDateTime"] -= age
        row["LastModDateTime"] = row["CreatedDateTime"] + age * chance.random()
        row["LastModDateTime"] = row["LastModDateTime"].replace(microsecond=0)
        for name in ("ResponseEscLink_RecID", "ResolutionEscLink_RecID"):
            watch = tenant.sets["frs_data_escalation_watchs"][row[name].upper()]
            watch["BreachDateTime"] = tenant.now() + timedelta(minutes=chance.randrange(-60, 600))
            watch["BreachPassed"] = watch["BreachDateTime"] < tenant.now()
        if chance.random() < 0.3:
            owner = "bo" if row["OwnerTeam"] == "Service Desk" else "dag"
            row |= {"Owner": owner, "Status": chance.choice(("Active", "Active", "Waiting for 3rd Party"))}


async def serve(port: int, incidents: int, quirks: Quirks) -> None:
    """Until interrupted."""
    double = IvantiDouble(quirks)
    fill(double, incidents)
    await double.start(port)
    password = double.tenant.passwords["anna"]
    print(
        f"""Ivanti Neurons for ITSM (stand-in) with {incidents} open incidents on {double.url}

[[backends]]
name = "ivanti"
adapter = "ivanti"
url = "{double.url}"
username = "anna"

The API key:                  {double.tenant.api_key}
or auth = "session", password: {password}
Look inside: curl {double.url}/_state/incidents/10001  /_state/notes/10001  /_state/log
Stop it with Ctrl-C.""",
        flush=True,
    )
    await asyncio.Event().wait()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.doubles.ivanti", description=__doc__)
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--incidents", type=int, default=50)
    parser.add_argument("--heat", action="store_true", help="answer below /HEAT/api, as on-premises")
    parser.add_argument("--no-metadata", action="store_true", help="refuse $metadata, as some trial tenants do")
    parser.add_argument("--jwt", action="store_true", help="sign-in gives a token instead of a session id")
    chosen = parser.parse_args()
    quirks = Quirks(
        base_paths=("/HEAT/api",) if chosen.heat else ("/api",), metadata=not chosen.no_metadata, jwt=chosen.jwt
    )
    try:
        asyncio.run(serve(chosen.port, chosen.incidents, quirks))
    except KeyboardInterrupt:
        print("stopped")


if __name__ == "__main__":
    main()
