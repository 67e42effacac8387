"""Incidents, intents and accounts as bytes on disk, and back."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec

from vagt.adapters.protocol import Account
from vagt.domain.commands import CHANGES, Command, Verb
from vagt.domain.incident import Incident, Key
from vagt.engine.intent import Intent, Stage


class _StoredCommand(msgspec.Struct, omit_defaults=True):
    id: str
    backend: str
    subject: Key | None
    ref: str
    verb: Verb
    change: msgspec.Raw
    by: str
    at: datetime
    base: Incident | None = None
    bulk: str | None = None


class _StoredIntent(msgspec.Struct, omit_defaults=True):
    command: _StoredCommand
    stage: Stage
    not_before: datetime
    attempts: int = 0
    first_tried: datetime | None = None
    reason: str = ""
    expected: str | None = None
    theirs: Incident | None = None
    changed_at: datetime | None = None
    blocked_by: str = ""
    result_ref: str = ""
    passed_to: str = ""
    doubtful: bool = False
    target: str = ""


_encoder = msgspec.json.Encoder()
_incidents = msgspec.json.Decoder(Incident)
_intents = msgspec.json.Decoder(_StoredIntent)
_accounts = msgspec.json.Decoder(Account)


class Undecodable(ValueError):
    """Bytes on disk that no version of ours has written, or that were damaged."""


def _encoded(value: object) -> bytes:
    """As JSON; half a surrogate pair, which backends that cut texts in UTF-16 leave behind, becomes U+FFFD."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return _encoder.encode(_whole(value))


def _whole(value: Any) -> Any:
    """The same value with such halves replaced in every text of it."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Key):
        return Key(*map(_whole, value))
    if isinstance(value, tuple | list):
        return tuple(map(_whole, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{part.name: _whole(getattr(value, part.name)) for part in fields(value)})
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(
            value, **{name: _whole(getattr(value, name)) for name in value.__struct_fields__}
        )
    return value


def incident_to_bytes(incident: Incident) -> bytes:
    return _encoded(incident)


def incident_from_bytes(body: bytes | str) -> Incident:
    """Raises Undecodable."""
    try:
        return _incidents.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Undecodable(str(error)) from error


def account_to_bytes(account: Account) -> bytes:
    return _encoded(account)


def account_from_bytes(body: bytes) -> Account:
    """Raises Undecodable."""
    try:
        return _accounts.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Undecodable(str(error)) from error


def intent_to_bytes(intent: Intent) -> bytes:
    """All of it but `seq`, which the outbox gives."""
    command = intent.command
    return _encoded(
        _StoredIntent(
            command=_StoredCommand(
                id=command.id,
                backend=command.backend,
                subject=command.subject,
                ref=command.ref,
                verb=command.verb,
                change=msgspec.Raw(_encoded(command.change)),
                by=command.by,
                at=command.at,
                base=command.base,
                bulk=command.bulk,
            ),
            stage=intent.stage,
            not_before=intent.not_before,
            attempts=intent.attempts,
            first_tried=intent.first_tried,
            reason=intent.reason,
            expected=intent.expected,
            theirs=intent.theirs,
            changed_at=intent.changed_at,
            blocked_by=intent.blocked_by,
            result_ref=intent.result_ref,
            target=intent.target,
            passed_to=intent.passed_to,
            doubtful=intent.doubtful,
        )
    )


def intent_from_bytes(body: bytes, seq: int) -> Intent:
    """Raises Undecodable."""
    try:
        stored = _intents.decode(body)
        change = msgspec.json.decode(stored.command.change, type=CHANGES[stored.command.verb])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Undecodable(str(error)) from error
    kept = stored.command
    command = Command(
        id=kept.id,
        backend=kept.backend,
        subject=kept.subject,
        ref=kept.ref,
        change=change,
        by=kept.by,
        at=kept.at,
        base=kept.base,
        bulk=kept.bulk,
    )
    return Intent(
        command=command,
        stage=stored.stage,
        seq=seq,
        not_before=stored.not_before,
        attempts=stored.attempts,
        first_tried=stored.first_tried,
        reason=stored.reason,
        expected=stored.expected,
        theirs=stored.theirs,
        changed_at=stored.changed_at,
        blocked_by=stored.blocked_by,
        result_ref=stored.result_ref,
        target=stored.target,
        passed_to=stored.passed_to,
        doubtful=stored.doubtful,
    )
