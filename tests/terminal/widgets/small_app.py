"""A small program on the widgets' terminal layer, run by the tests in a pseudo-terminal."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from vagt_widgets.first_picture import paint, save

PICTURE = sys.argv[1]
MODE = sys.argv[2] if len(sys.argv) > 2 else ""


def main() -> None:
    shown = paint(PICTURE, lambda at: "nothing kept, connecting" if at is None else f"as of {at:.0f}, connecting")
    if "slow" in MODE:
        while not Path(f"{PICTURE}.go").exists():
            time.sleep(0.02)
    if "fail" in MODE:
        raise SystemExit("start-up failed")

    import asyncio

    from textual import events
    from textual.app import App, ComposeResult
    from textual.widgets import Static

    from vagt_widgets.output import DiffDisplay
    from vagt_widgets.terminal_driver import terminal_driver
    from vagt_widgets.terminal_gone import TerminalWatch

    class Small(DiffDisplay, App[None]):
        CSS = "Static { margin-top: 2; }"
        keys = ""
        said = ""

        def compose(self) -> ComposeResult:
            yield Static("", markup=False)

        def on_mount(self) -> None:
            self.loop = asyncio.get_running_loop()
            watch.install()
            self.tell()

        def tell(self) -> None:
            self.query_one(Static).update(f"ready keys={self.keys} {self.said}")

        def on_key(self, event: events.Key) -> None:
            if event.key == "q":
                self.call_later(self.leave)
            self.keys += event.key
            self.tell()

        def on_paste(self, event: events.Paste) -> None:
            self.said = f"pasted={len(event.text)}"
            self.tell()

        async def leave(self) -> None:
            save(PICTURE, self.picture(), *self.size, now=1_000.0)
            self.exit()

        def gone(self, reason: str) -> None:
            if "stuck" not in MODE:
                self.loop.call_soon_threadsafe(self.exit)

    def on_gone(reason: str) -> None:
        app.gone(reason)

    watch = TerminalWatch(on_gone)
    app = Small(driver_class=terminal_driver(watch=watch, shown=shown))
    app.run()
    sys.exit(7 if watch.reason else 0)


if __name__ == "__main__":
    main()
