"""What `vagt init` is told by its options, for scripts: everything at once, each mistake named with its option."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

from vagt.adapters.protocol import AuthMethod, Manifest, OptionSpec
from vagt.adapters.registry import BrokenAdapter, UnknownAdapter, installed, manifest
from vagt.checkup import draft as read
from vagt.checkup.connecting import Keeping, SecretPlan
from vagt.checkup.draft import BadAnswer, Draft
from vagt.cli import stdin
from vagt.cli.exits import UsageError
from vagt.config import secrets
from vagt.config.errors import did_you_mean

T = TypeVar("T")
_LONGEST_SECRET = 65536


def draft_of(given: argparse.Namespace, taken: tuple[str, ...]) -> tuple[Manifest, Draft]:
    """The backend that the options describe. Raises UsageError, naming all that is missing."""
    if given.adapter is None:
        names = ", ".join(info.name for info in installed())
        raise UsageError(f"--adapter is missing; installed are: {names}")
    facts = facts_of(given.adapter)
    way = way_of(facts, given.auth)
    draft = Draft(
        adapter=facts.name,
        name=checked("--name", lambda: read.name(given.name or facts.name, taken)),
        auth=way.name,
    )
    draft = with_given(given, facts, draft)
    missing = [] if draft.url or not facts.needs_url else [f"--url ({facts.url_help})"]
    if way.needs_username and not draft.username:
        missing.append(f"--username (signing in by “{way.name}” needs one)")
    missing += [f"--option {spec.name}=… ({spec.help})" for spec in lacking(facts, draft)]
    if missing:
        raise UsageError(f"{facts.title} also needs {'; '.join(missing)}")
    return facts, draft


def lacking(facts: Manifest, draft: Draft) -> tuple[OptionSpec, ...]:
    """The options that this backend, or this way of signing in to it, needs and that have no value yet."""
    way = facts.auth_method(draft.auth).needs_options
    return tuple(
        spec for spec in facts.options if (spec.required or spec.name in way) and not draft.options.get(spec.name)
    )


def with_given(given: argparse.Namespace, facts: Manifest, draft: Draft) -> Draft:
    """The draft with every option of the command line that was given. Raises UsageError."""
    from dataclasses import replace

    url = checked("--url", lambda: read.url(given.url)) if given.url else ""
    for text in given.option:
        name, value = checked("--option", lambda text=text: read.option(facts, text))  # type: ignore[misc]
        draft = draft.with_option(name, value)
    return replace(
        draft,
        url=url or draft.url,
        username=checked("--username", lambda: read.plain(given.username or draft.username)),
        query=checked("--query", lambda: read.plain(given.query or "")),
        ca_bundle=checked("--ca-bundle", lambda: read.certificates(given.ca_bundle)) if given.ca_bundle else "",
        timeout=checked("--timeout", lambda: read.timeout(given.timeout)) if given.timeout else None,
        read_only=given.read_only,
        secret_command=(
            checked("--secret-command", lambda: read.command(given.secret_command)) if given.secret_command else ()
        ),
    )


async def secret_of(given: argparse.Namespace, facts: Manifest, draft: Draft) -> SecretPlan:
    """How the backend gets its secret. Raises UsageError and SecretError."""
    name = draft.name
    if not facts.auth_method(draft.auth).needs_secret:
        return SecretPlan(Keeping.NOWHERE, "none is needed")
    if given.secret_from_stdin:
        value = stdin.raw(_LONGEST_SECRET).strip()
        if not value:
            raise UsageError("standard input held no secret; nothing was written")
        keeper = await secrets.keyring_name()
        if not keeper:
            raise secrets.SecretError(
                f"this machine has no keyring to keep the secret in; set ${secrets.variable(name)} instead, use "
                f"systemd's credentials, or name a program that prints it with --secret-command"
            )
        return SecretPlan(Keeping.KEYRING, f"the keyring ({keeper})", value)
    if draft.secret_command:
        return SecretPlan(Keeping.COMMAND, f"secret_command ({draft.secret_command[0]})")
    try:
        found = await secrets.find(name)
    except secrets.SecretError:
        return SecretPlan(Keeping.LATER, f"not there yet: vagt secret set {name}, or ${secrets.variable(name)}")
    return SecretPlan(Keeping.FOUND, found.source)


def facts_of(name: str) -> Manifest:
    """The manifest of the adapter called so. Raises UsageError."""
    try:
        return manifest(name)
    except UnknownAdapter:
        names = [info.name for info in installed()]
        remedy = did_you_mean(name, names, otherwise="installed are")
        raise UsageError(f"no adapter is called “{name}”; {remedy}") from None
    except BrokenAdapter as error:
        raise UsageError(f"{error}; mend or remove the package that brings it") from error


def way_of(facts: Manifest, name: str | None) -> AuthMethod:
    """The way of signing in called so; the first without a name. Raises UsageError."""
    try:
        return facts.auth_method(name or "")
    except KeyError:
        ways = [way.name for way in facts.auth]
        remedy = did_you_mean(name or "", ways, otherwise="it offers")
        raise UsageError(f"--auth: {facts.title} cannot be signed in to by “{name}”; {remedy}") from None


def checked(option: str, reading: Callable[[], T]) -> T:
    """What `reading` gives; its refusal names the option. Raises UsageError."""
    try:
        return reading()
    except BadAnswer as reason:
        raise UsageError(f"{option}: {reason}") from None
