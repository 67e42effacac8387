"""The data folder: whose it is, who can look in, and whether there is room to write."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from vagt.checkup.finding import Finding, ok, problem, skipped, warning
from vagt.config.paths import DATA_VARIABLE

_FULL = 50 << 20
_TIGHT = 500 << 20
_NAMED = 3
_ELSEWHERE = f"or choose another folder with --data-dir or ${DATA_VARIABLE}"


def check_folder(path: Path) -> list[Finding]:
    """Everything about the folder itself, in the order in which a person would put it right."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return [_not_yet(path)]
    except OSError as error:
        remedy = f"give yourself access to it, {_ELSEWHERE}"
        return [problem("data folder", f"{path} cannot be looked at: {error.strerror or error}", remedy)]
    if not stat.S_ISDIR(found.st_mode):
        return [problem("data folder", f"{path} is not a folder", f"move it away, {_ELSEWHERE}")]
    return [_owner(path, found), _modes(path, found), _writable(path), _room(path)]


def _not_yet(path: Path) -> Finding:
    parent = next((above for above in path.parents if above.exists()), Path("/"))
    if not os.access(parent, os.W_OK | os.X_OK):
        words = f"{path} does not exist and cannot be made: no right to write in {parent}"
        return problem("data folder", words, f"make it by hand and give it to yourself, {_ELSEWHERE}")
    return ok("data folder", f"{path}; the console makes it when it is first opened")


def _owner(path: Path, found: os.stat_result) -> Finding:
    if found.st_uid == os.geteuid():
        return ok("data folder", str(path))
    words = f"{path} belongs to {_user(found.st_uid)}, and you are {_user(os.geteuid())}"
    return warning("data folder", words, f"run Vagt as its owner, {_ELSEWHERE}")


def _user(uid: int) -> str:
    import pwd  # not on every platform, and seldom needed

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _modes(path: Path, found: os.stat_result) -> Finding:
    """0700 for folders, 0600 for files: others may neither read nor write."""
    open_ones = [str(path)] if found.st_mode & 0o077 else []
    open_ones += [str(inner.relative_to(path)) for inner, mode in _inside(path) if mode & 0o077]
    if not open_ones:
        return ok("file modes", "only you can read what is in it")
    more = f" and {len(open_ones) - _NAMED} more" if len(open_ones) > _NAMED else ""
    words = f"others on this machine have access to {', '.join(open_ones[:_NAMED])}{more}"
    remedy = f"chmod -R go-rwx {path}"
    if found.st_mode & stat.S_IWOTH:
        return problem("file modes", f"{words}; everybody can write there, so the console refuses it", remedy)
    return warning("file modes", words, remedy)


def _inside(path: Path) -> Iterator[tuple[Path, int]]:
    for folder, folders, files in os.walk(path):
        for name in sorted((*folders, *files)):
            inner = Path(folder, name)
            try:
                mode = inner.lstat().st_mode
            except OSError:
                continue  # gone meanwhile: a console next to us works in it
            if not stat.S_ISLNK(mode):
                yield inner, mode


def _writable(path: Path) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        words = f"nothing can be written to {path}: {error.strerror or error}"
        remedy = "no action can be taken until that is put right: free some space, or make the disk writable"
        return problem("writing", words, f"{remedy}; {_ELSEWHERE.removeprefix('or ')}")
    return ok("writing", "a file can be written there")


def _room(path: Path) -> Finding:
    try:
        free = shutil.disk_usage(path).free
    except OSError as error:
        return skipped("disk space", f"the system does not tell: {error.strerror or error}")
    words = f"{_size(free)} free"
    remedy = f"free some space on the disk of {path}"
    if free < _FULL:
        return problem("disk space", f"only {words}: actions may soon not be kept", remedy)
    if free < _TIGHT:
        return warning("disk space", f"only {words}", remedy)
    return ok("disk space", words)


def _size(count: int) -> str:
    return f"{count / (1 << 30):.1f} GiB" if count >= 1 << 30 else f"{count >> 20} MiB"
