"""What `vagt init` asks a person: only what the adapter needs, each with its help, wrong answers again."""

from __future__ import annotations

import argparse
from dataclasses import replace

from vagt.adapters.protocol import Manifest
from vagt.adapters.registry import AdapterInfo, installed
from vagt.checkup import draft as read
from vagt.checkup.connecting import Keeping, SecretPlan, Trial
from vagt.checkup.draft import BadAnswer, Draft
from vagt.cli import ask, init_flags, plain
from vagt.cli.exits import UsageError
from vagt.config import secrets

_OURS = "vagt"


def draft_of(given: argparse.Namespace, taken: tuple[str, ...]) -> tuple[Manifest, Draft]:
    """Everything but the secret; what an option said already is not asked."""
    facts = init_flags.facts_of(given.adapter) if given.adapter else init_flags.facts_of(_adapter())
    ask.say(f"\n{facts.title}")
    name = _name(given, facts, taken)
    draft = init_flags.with_given(given, facts, Draft(adapter=facts.name, name=name))
    if facts.needs_url and not draft.url:
        draft = replace(draft, url=_url(facts))
    draft = _signing_in(given, facts, replace(draft, auth=_way(given, facts)))
    if facts.needs_url and facts.query_help and given.query is None:
        ask.say(f"Which incidents belong to the queue? {plain.line(facts.query_help)}")
        draft = replace(draft, query=ask.until(lambda: ask.line("Query (empty: all that you may see)"), read.plain))
    return facts, _with_options(facts, draft)


def _signing_in(given: argparse.Namespace, facts: Manifest, draft: Draft) -> Draft:
    """Who signs in, where the chosen way wants to know."""
    way = facts.auth_method(draft.auth)
    if way.needs_username and not draft.username:
        ask.say(f"As whom to sign in to {facts.title}? {plain.line(way.help)}")
        draft = replace(draft, username=_username(given.username or ""))
    return draft


def _with_options(facts: Manifest, draft: Draft) -> Draft:
    """With a value for each option that cannot be left out."""
    for spec in init_flags.lacking(facts, draft):
        ask.say(plain.line(spec.help))
        words = f" ({', '.join(spec.choices)})" if spec.choices else ""
        value = ask.until(
            lambda spec=spec, words=words: ask.line(f"{spec.name}{words}"),  # type: ignore[misc]
            lambda text, spec=spec: read.option_value(spec, _something(text)),  # type: ignore[misc]
        )
        draft = draft.with_option(spec.name, value)
    return draft


def _adapter() -> str:
    ask.say("Which kind of system?")
    return ask.choice("Number or name", [(info.name, _title(info)) for info in installed()])


def _title(info: AdapterInfo) -> str:
    """Our own adapters by their product's name; nothing of anybody else's package runs before it is chosen."""
    if info.distribution == _OURS:
        return init_flags.facts_of(info.name).title
    return f"from the package {info.distribution} {info.version}"


def _name(given: argparse.Namespace, facts: Manifest, taken: tuple[str, ...]) -> str:
    if given.name:
        return init_flags.checked("--name", lambda: read.name(given.name, taken))
    ask.say("What to call it here? Small letters, digits, hyphens; incidents are then called NAME:NUMBER.")
    usual = read.free_name(facts.name, taken)
    return ask.until(lambda: ask.line("Name", usual), lambda text: read.name(text, taken))


def _url(facts: Manifest, before: str = "") -> str:
    ask.say(plain.line(facts.url_help or f"The address of {facts.title}."))
    return ask.until(lambda: ask.line("Address", before), lambda text: read.url(_something(text)))


def _way(given: argparse.Namespace, facts: Manifest) -> str:
    if given.auth or len(facts.auth) == 1:
        return init_flags.way_of(facts, given.auth).name
    ask.say("How to sign in?")
    return ask.choice("Number or name", [(way.name, way.help) for way in facts.auth], facts.auth[0].name)


def _username(before: str) -> str:
    return ask.until(lambda: ask.line("User name", before), lambda text: read.plain(_something(text)))


def _something(text: str) -> str:
    if not text.strip():
        raise BadAnswer("this one is needed")
    return text


async def secret_of(given: argparse.Namespace, facts: Manifest, draft: Draft) -> tuple[Draft, SecretPlan]:
    """Where the secret comes from, and the secret where it is to be typed."""
    way = facts.auth_method(draft.auth)
    if given.secret_from_stdin:
        raise UsageError("--secret-from-stdin reads a pipe; on a terminal the secret is asked for")
    if not way.needs_secret or draft.secret_command:
        return draft, await init_flags.secret_of(given, facts, draft)
    if way.help:
        ask.say(f"\n{plain.line(way.help)}")
    if given.no_secret:
        return draft, await _typed_for_test(draft, SecretPlan(Keeping.LATER, _later(draft.name)))
    known = await _known(draft.name)
    if known is not None and (known.keeping is Keeping.FOUND) and not known.words.startswith("the keyring"):
        ask.say(f"Its secret is there already: {known.words}.")
        return draft, known
    return await _ask_secret(draft, known)


async def _known(name: str) -> SecretPlan | None:
    try:
        return SecretPlan(Keeping.FOUND, (await secrets.find(name)).source)
    except secrets.SecretError:
        return None


async def _ask_secret(draft: Draft, known: SecretPlan | None) -> tuple[Draft, SecretPlan]:
    """Into the keyring where there is one; without, the person chooses another way."""
    try:
        keeper = await secrets.keyring_name()
        if keeper:
            await secrets.keyring_holds(draft.name)
        why = "This machine has no keyring"
    except secrets.SecretError as error:
        keeper, why = "", f"The keyring cannot be used ({error.words.partition(';')[0]})"
    if not keeper:
        ask.say(f"{why}, so the secret has to come from elsewhere:")
        return await _elsewhere(draft)
    rest = "; Enter: the one that is there" if known else "; Enter: another place than the keyring"
    value = ask.hidden(f"Secret, not shown, kept in the keyring ({keeper}){rest}")
    if value:
        return draft, SecretPlan(Keeping.KEYRING, f"the keyring ({keeper})", value)
    if known is not None:
        return draft, known
    return await _elsewhere(draft)


async def _elsewhere(draft: Draft) -> tuple[Draft, SecretPlan]:
    name = draft.name
    ways = [
        ("program", f"a program prints it, as in: pass show vagt/{name}"),
        ("variable", f"the environment: {secrets.variable(name)}=… set where Vagt is started"),
        ("systemd", f"systemd's credentials: LoadCredential={name}:/etc/vagt/{name} in the unit"),
    ]
    chosen = ask.choice("Number or name", ways, "program")
    if chosen == "program":
        ask.say("Its name and arguments go into the config as they are: never the secret itself. No shell reads them.")
        words = ask.until(lambda: ask.line("Program and arguments"), read.command)
        return replace(draft, secret_command=words), SecretPlan(Keeping.COMMAND, f"secret_command ({words[0]})")
    places = {"variable": f"${secrets.variable(name)}, to be set", "systemd": f"LoadCredential={name}:PATH in the unit"}
    return draft, await _typed_for_test(draft, SecretPlan(Keeping.LATER, places[chosen]))


async def _typed_for_test(draft: Draft, plan: SecretPlan) -> SecretPlan:
    value = ask.hidden(f"Secret of {draft.name} for the test, not shown, not kept; Enter: no test")
    return replace(plan, value=value) if value else plan


def _later(name: str) -> str:
    return f"not there yet: vagt secret set {name}, or ${secrets.variable(name)}"


async def mend(
    given: argparse.Namespace, found: Trial, facts: Manifest, draft: Draft, secret: SecretPlan
) -> tuple[Draft, SecretPlan, bool] | None:
    """After a failed test: what to change, and whether to try again; None: leave everything as it was."""
    what = [("again", "try the same once more")]
    if facts.needs_url:
        what.append(("address", f"another one than {draft.url}"))
    if draft.url.startswith("https:"):
        what.append(("authority", "name the file with its authority's certificates (ca_bundle)"))
    if len(facts.auth) > 1:
        what.append(("way", f"sign in another way than by {draft.auth}"))
    if facts.auth_method(draft.auth).needs_username:
        what.append(("user", f"another one than {draft.username}"))
    if secret.keeping is not Keeping.NOWHERE:
        what.append(("secret", f"another one, or from another place than {secret.words}"))
    what += [("write", "write it as it is, to be put right later"), ("leave", "write nothing")]
    ask.say("\nThat did not work. What now?")
    match ask.choice("Number or name", what, _likely(found, dict(what))):
        case "again":
            return draft, secret, True
        case "address":
            return replace(draft, url=_url(facts, draft.url)), secret, True
        case "authority":
            path = ask.until(lambda: ask.line("File (PEM)", draft.ca_bundle), read.certificates)
            return replace(draft, ca_bundle=path), secret, True
        case "way":
            return await _another_way(given, facts, draft, secret)
        case "user":
            return replace(draft, username=_username(draft.username)), secret, True
        case "secret":
            draft, secret = await _ask_secret(replace(draft, secret_command=()), None)
            return draft, secret, True
        case "write":
            return draft, secret, False
        case _:
            return None


async def _another_way(
    given: argparse.Namespace, facts: Manifest, draft: Draft, secret: SecretPlan
) -> tuple[Draft, SecretPlan, bool]:
    """Another way of signing in, with what it needs; its secret is another one as well."""
    ask.say("How to sign in?")
    name = ask.choice("Number or name", [(way.name, way.help) for way in facts.auth], draft.auth)
    before, draft = draft.auth, _with_options(facts, _signing_in(given, facts, replace(draft, auth=name)))
    if name == before:
        return draft, secret, True
    if not facts.auth_method(name).needs_secret:
        return replace(draft, secret_command=()), SecretPlan(Keeping.NOWHERE, "none is needed"), True
    draft, secret = await _ask_secret(replace(draft, secret_command=()), None)
    return draft, secret, True


def _likely(found: Trial, offered: dict[str, str]) -> str:
    """What most probably helps."""
    names = {"address": "address", "certificate": "authority", "sign-in": "secret"}
    likely = names.get(found.problem.name, "") if found.problem else ""
    return likely if likely in offered else "again"
