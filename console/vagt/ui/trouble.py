"""What nobody foresaw, written down as one JSON line each, without secrets, in the data folder."""

from __future__ import annotations

import json
import os
import traceback
from datetime import datetime
from pathlib import Path

from vagt.engine.log import Redactor

FILE = "vagt-trouble.jsonl"
_LIMIT = 1_000_000


def write_trouble(data_dir: Path | None, error: BaseException, now: datetime) -> str:
    """Append `error` with its traceback (no values of variables); returns words that say where, or nothing."""
    if data_dir is None:
        return ""
    path = data_dir / FILE
    clean = Redactor().clean
    entry = {
        "at": now.isoformat(),
        "error": clean(f"{type(error).__name__}: {error}"),
        "trace": [clean(line) for line in traceback.format_exception(error)],
    }
    try:
        if path.exists() and path.stat().st_size > _LIMIT:
            path.replace(path.with_suffix(".old"))
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
    except OSError:
        return ""
    return f"; details in {path}"
