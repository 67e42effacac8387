"""A console that types an update letter by letter into a draft, until it is killed: `FOLDER`."""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

from tests.unit.comms.desk import composing, desk


async def main(folder: Path) -> None:
    async with desk(folder) as bench:
        composer = await composing(bench)
        composer.choose("identified")
        for count in itertools.count(1):
            composer.set("impact_text", "x" * (count % 500 + 1))
            print(count % 500 + 1, flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
