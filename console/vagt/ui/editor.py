"""Writes a text in $VISUAL or $EDITOR; the console goes on behind it and draws nothing meanwhile."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from textual.app import App, SuspendNotSupported


class EditorError(Exception):
    """The text is as it was; the message says why."""


async def edited(app: App[Any], text: str) -> str:
    """The text as the editor left it. Raises EditorError."""
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    name = await asyncio.to_thread(_write, text)
    try:
        with app.batch_update(), app.suspend():
            result = await asyncio.to_thread(subprocess.run, [*command, str(name)], check=False)
        if result.returncode != 0:
            raise EditorError(f"{command[0]} ended with {result.returncode}; the text is as it was.")
        return await asyncio.to_thread(_read, name)
    except SuspendNotSupported as error:
        raise EditorError("This terminal cannot be lent to an editor.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise EditorError(f"{command[0]}: {error}; the text is as it was.") from error
    finally:
        await asyncio.to_thread(name.unlink, missing_ok=True)


def _write(text: str) -> Path:
    handle, name = mkstemp(prefix="vagt-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return Path(name)


def _read(name: Path) -> str:
    text = name.read_text(encoding="utf-8")
    # editors end the last line; what was typed here did not
    return text[:-1] if text.endswith("\n") else text
