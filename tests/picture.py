"""Takes the README's picture of the real console: `python -m tests.picture` writes docs/console.svg."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from pathlib import Path

from vagt.config.load import load
from vagt.config.secrets import secret_of
from vagt.domain.clock import SystemClock
from vagt.engine.engine import Engine
from vagt.engine.health import Condition
from vagt.ui.app import VagtApp

PICTURE = Path(__file__).parent.parent / "docs" / "console.svg"
SIZE = (150, 36)


def _without_foreign_fonts(svg: str) -> str:
    """The reader's own monospaced font will do: a picture that loads fonts from elsewhere is not shown everywhere."""
    return re.sub(r"\s*@font-face \{.*?\}\n", "", svg, flags=re.DOTALL).replace("Fira Code", "monospace")


async def take() -> None:
    """The practice shift after a few keys, in a folder that is thrown away."""
    os.environ["VAGT_CONFIG"] = ""
    with tempfile.TemporaryDirectory() as folder:
        engine = await Engine.open(
            load(None), Path(folder), clock=SystemClock(), operator="anna", secrets=secret_of, seed=7
        )
        try:
            app = VagtApp(engine, data_dir=Path(folder))
            async with app.run_test(size=SIZE) as pilot:
                while any(health.condition is not Condition.FRESH for health in engine.healths()):
                    await pilot.pause(0.1)
                await pilot.pause(0.5)
                for key in ("escape", "1", "j", "a", "j", "space", "j", "space", "j"):
                    await pilot.press(key)
                    await pilot.pause(0.3)
                PICTURE.write_text(_without_foreign_fonts(app.export_screenshot(title="vagt")), encoding="utf-8")
        finally:
            await engine.stop()


if __name__ == "__main__":
    asyncio.run(take())
