"""Secrets of backends and channels: environment, systemd credentials, a command or the keyring; never the config."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from vagt.config.response import ChannelSettings
from vagt.config.settings import BackendSettings

SERVICE = "vagt"
"""The keyring service; the user name is the backend's name."""
CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"
COMMAND_TIMEOUT = 30.0
"""Seconds for `secret_command`; it may ask its own agent, never the terminal."""
KEYRING_TIMEOUT = 15.0
"""Seconds; a locked keyring asks its user outside of us."""
_LONGEST = 65536
_Answer = TypeVar("_Answer")


class SecretError(Exception):
    """No secret is to be had; the message says why and what to do, and never what one might have been."""

    def __init__(self, words: str, *, keyring: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.keyring = keyring
        """What is wrong with the keyring, where that is it; empty where it is something else."""


class Secret:
    """A secret on its way: printing, logging or comparing it by accident shows nothing."""

    __slots__ = ("_source", "_value")

    def __init__(self, value: str, source: str) -> None:
        self._value = value
        self._source = source

    def reveal(self) -> str:
        """The secret itself, for signing in."""
        return self._value

    @property
    def source(self) -> str:
        """Where it was found, in words."""
        return self._source

    def __repr__(self) -> str:
        return f"<Secret from {self._source}>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is not written anywhere")


def variable(name: str) -> str:
    """The environment variable that may hold the secret of the backend called `name`."""
    return f"VAGT_SECRET_{name.upper().replace('-', '_')}"


async def secret_of(keeper: BackendSettings | ChannelSettings) -> str:
    """The secret of a backend or channel. Raises SecretError."""
    return (await find(keeper.name, keeper.secret_command)).reveal()


async def find(name: str, command: tuple[str, ...] = ()) -> Secret:
    """The secret called `name`, from the first place that has it. Raises SecretError.

    A place that is there but broken (a command that fails, a file that cannot be read) is an
    error: looking further would hide it.
    """
    found = _environment(name) or _credentials(name)
    if found is not None:
        return found
    if command:
        return Secret(await _printed_by(command), f"secret_command ({command[0]})")
    stored = await _in_keyring(name, lambda keyring: keyring.get_password(SERVICE, name))
    if stored:
        return Secret(stored, "the keyring")
    raise SecretError(
        f"no secret for “{name}” is known; store it with `vagt secret set {name}`, or set ${variable(name)}"
    )


async def store(name: str, value: str) -> None:
    """Put a secret into the keyring. Raises SecretError."""
    await _in_keyring(name, lambda keyring: keyring.set_password(SERVICE, name, value))


async def forget(name: str) -> bool:
    """Take a secret out of the keyring; False where it holds none. Raises SecretError."""

    def delete(keyring: _Keyring) -> bool:
        if keyring.get_password(SERVICE, name) is None:
            return False
        keyring.delete_password(SERVICE, name)
        return True

    return await _in_keyring(name, delete)


async def keyring_name() -> str:
    """What keeps the keyring's secrets on this machine, in its own words; empty where nothing does.

    Raises SecretError where it does not answer.
    """
    return await _in_keyring("", lambda keyring: keyring.name())


async def find_in_keyring(name: str) -> Secret:
    """The keyring's secret called `name`, whatever other places hold. Raises SecretError."""
    stored = await _in_keyring(name, lambda keyring: keyring.get_password(SERVICE, name))
    if not stored:
        raise SecretError(f"the keyring has no secret for “{name}”")
    return Secret(stored, "the keyring")


async def keyring_holds(name: str) -> bool:
    """Whether the keyring can be read and has a secret called `name`. Raises SecretError."""
    return bool(await _in_keyring(name, lambda keyring: keyring.get_password(SERVICE, name)))


def _environment(name: str) -> Secret | None:
    value = os.environ.get(variable(name), "").strip()
    return Secret(value, f"${variable(name)}") if value else None


def _credentials(name: str) -> Secret | None:
    folder = os.environ.get(CREDENTIALS_VARIABLE)
    if not folder:
        return None
    path = Path(folder) / name
    try:
        value = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or "") if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SecretError(f"{path} cannot be read: {reason}; check the unit's LoadCredential") from None
    if not value:
        raise SecretError(f"{path} is empty; it must hold the secret of “{name}”")
    return Secret(value, str(path))


async def _printed_by(command: tuple[str, ...]) -> str:
    program = command[0]
    by_hand = "run it by hand to see why"
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            # what it says may hold what it was asked for
            stderr=asyncio.subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise SecretError(f"secret_command: there is no program “{program}”; check its name and $PATH") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise SecretError(f"secret_command: “{program}” cannot be started: {reason}") from None
    try:
        output, _ = await asyncio.wait_for(process.communicate(), COMMAND_TIMEOUT)
    except TimeoutError:
        raise SecretError(
            f"secret_command: “{program}” did not answer in {COMMAND_TIMEOUT:.0f} s; "
            "it cannot ask anything on this terminal, unlock its agent first"
        ) from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        raise SecretError(f"secret_command: “{program}” ended with {process.returncode}; {by_hand}")
    if len(output) > _LONGEST:
        raise SecretError(f"secret_command: “{program}” printed more than a secret; {by_hand}")
    try:
        value = output.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise SecretError(f"secret_command: “{program}” printed what is not UTF-8 text; {by_hand}") from None
    if not value:
        raise SecretError(f"secret_command: “{program}” printed nothing; {by_hand}")
    return value


class _Keyring:
    """What we use of the keyring package, imported on first use: it takes 100 ms and looks for services."""

    @staticmethod
    def name() -> str:
        import keyring

        found = keyring.get_keyring()
        # `fail` and `null` stand in where there is no real one, with a priority of 0 and less
        return "" if type(found).priority <= 0 else _spelled(found)

    @staticmethod
    def get_password(service: str, name: str) -> str | None:
        import keyring

        return keyring.get_password(service, name)

    @staticmethod
    def set_password(service: str, name: str, value: str) -> None:
        import keyring

        keyring.set_password(service, name, value)

    @staticmethod
    def delete_password(service: str, name: str) -> None:
        import keyring

        keyring.delete_password(service, name)


def _spelled(found: object) -> str:
    """The name of a keyring of the keyring package; of a chain, the one that is asked first."""
    first = next(iter(getattr(found, "backends", ())), found)
    return type(first).__module__.removeprefix("keyring.backends.")


async def _in_keyring(name: str, ask: Callable[[_Keyring], _Answer]) -> _Answer:
    """Ask the keyring in a thread of its own: it may hang, and then it must hold up nobody, our end neither."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[_Answer] = loop.create_future()

    def settle(value: _Answer | None, problem: SecretError | None) -> None:
        if answer.done():
            return
        if problem is not None:
            answer.set_exception(problem)
        else:
            answer.set_result(value)  # type: ignore[arg-type]

    def work() -> None:
        value: _Answer | None = None
        problem: SecretError | None = None
        try:
            value = ask(_Keyring())
        except Exception as error:  # each keyring has errors of its own
            problem = _keyring_problem(error, name)
        try:
            loop.call_soon_threadsafe(settle, value, problem)
        except RuntimeError:
            return  # the program has ended meanwhile

    threading.Thread(target=work, name="keyring", daemon=True).start()
    try:
        return await asyncio.wait_for(answer, KEYRING_TIMEOUT)
    except TimeoutError:
        words = f"the keyring did not answer in {KEYRING_TIMEOUT:.0f} s; unlock it"
        raise SecretError(f"{words}, or use another place for the secret", keyring=words) from None


def _keyring_problem(error: Exception, name: str) -> SecretError:
    elsewhere = f"give the secret of “{name}” by ${variable(name)}, $CREDENTIALS_DIRECTORY or secret_command instead"
    kind = type(error).__name__
    if kind == "NoKeyringError":
        words = "this machine has no keyring"
        return SecretError(f"{words}; {elsewhere}", keyring=words)
    if kind == "KeyringLocked":
        words = "the keyring is locked; unlock it"
        return SecretError(f"{words}, or {elsewhere}", keyring=words)
    words = f"the keyring failed ({kind})"  # its own words might repeat what it was given
    return SecretError(f"{words}; {elsewhere}", keyring=words)
