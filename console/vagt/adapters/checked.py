"""The config's backends held against what their adapters say of themselves; nothing of a session is imported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Protocol

from vagt.adapters.protocol import AuthMethod, InvalidError, Manifest, OptionKind, OptionSpec
from vagt.adapters.registry import BrokenAdapter, UnknownAdapter, check, installed, manifest
from vagt.config.document import Document
from vagt.config.errors import ConfigError, did_you_mean
from vagt.config.load import load
from vagt.config.settings import BackendSettings, Settings
from vagt.config.source import Path as Place
from vagt.domain import durations

_WRITTEN = {
    OptionKind.TEXT: "text",
    OptionKind.INTEGER: "a whole number",
    OptionKind.NUMBER: "a number",
    OptionKind.FLAG: "true or false",
    OptionKind.LIST: "a list of texts",
    OptionKind.TABLE: "a table of texts or numbers",
    OptionKind.DURATION: "a duration like 15m",
}


class _Refuse(Protocol):
    """How a problem at a key of one backend becomes an error."""

    def __call__(self, problem: str, *place: str) -> ConfigError: ...


def load_checked(given: Path | None = None) -> Settings:
    """The settings of the config file, with every backend checked. Raises ConfigError."""
    return checked(load(given))


def checked(settings: Settings, document: Document | None = None) -> Settings:
    """The same settings, with `auth` filled in, once every backend fits its adapter.

    `document` is what they were read from, where that is not (yet) the file itself.
    Looks at the installed adapters (some 20 ms) and imports the manifests that are used.
    Raises ConfigError.
    """
    return replace(
        settings,
        backends=tuple(
            _checked(settings, position, backend, document) for position, backend in enumerate(settings.backends)
        ),
    )


def _checked(settings: Settings, position: int, backend: BackendSettings, document: Document | None) -> BackendSettings:
    def refuse(problem: str, *place: str) -> ConfigError:
        where: Place = ("backends", position, *place)
        if settings.path is None:
            return ConfigError(f"backend “{backend.name}”: {problem}")
        return (document or Document.open(settings.path)).error(where, problem)

    try:
        facts = manifest(backend.adapter)
    except UnknownAdapter:
        names = [info.name for info in installed()]
        remedy = did_you_mean(backend.adapter, names, otherwise="installed are")
        raise refuse(f"no adapter is called “{backend.adapter}”; {remedy}", "adapter") from None
    except BrokenAdapter as error:
        raise refuse(f"{error}; mend or remove the package that brings it", "adapter") from error
    try:
        method = facts.auth_method(backend.auth)
    except KeyError:
        ways = [way.name for way in facts.auth]
        remedy = did_you_mean(backend.auth, ways, otherwise="it offers")
        raise refuse(f"{facts.title} cannot be signed in to by “{backend.auth}”; {remedy}", "auth") from None
    if method.needs_username and not backend.username:
        raise refuse(f"has no `username`, which signing in by “{method.name}” needs")
    if facts.needs_url and not backend.url:
        raise refuse(f"has no `url`: {facts.url_help or f'the address of {facts.title}'}")
    if backend.query and not facts.query_help:
        raise refuse(f"{facts.title} has no filter language of its own; views filter what it lists", "query")
    if backend.ca_bundle is not None and not holds_certificates(backend.ca_bundle):
        raise refuse(f"{backend.ca_bundle} holds no certificate in PEM form", "ca_bundle")
    _check_options(facts, method, backend, refuse)
    backend = replace(backend, auth=method.name)
    try:
        check(backend)
    except InvalidError as error:
        # the first that is named is where a person looks
        place = next((name for name, _ in error.fields if name in backend.options), "")
        raise refuse(error.words, *(("options", place) if place else ())) from None
    except BrokenAdapter as error:
        raise refuse(f"{error}; mend or remove the package that brings it", "adapter") from error
    return backend


def _check_options(facts: Manifest, method: AuthMethod, backend: BackendSettings, refuse: _Refuse) -> None:
    known = {option.name: option for option in facts.options}
    for name, value in backend.options.items():
        option = known.get(name)
        if option is None:
            remedy = did_you_mean(name, known, otherwise=f"{facts.title} knows")
            raise refuse(f"unknown option “{name}”; {remedy}", "options", name)
        problem = _option_problem(option, value)
        if problem:
            raise refuse(f"{problem}: {option.help}", "options", name)
    for option in facts.options:
        if option.required and option.name not in backend.options:
            raise refuse(f"has no option `{option.name}`: {option.help}")
    for name in method.needs_options:
        if not backend.options.get(name):
            raise refuse(f"has no option `{name}`, which signing in by “{method.name}” needs: {known[name].help}")


def _option_problem(option: OptionSpec, value: object) -> str:
    """What is wrong with an option's value; empty if nothing."""
    if not _fits(option.kind, value):
        return f"must be {_WRITTEN[option.kind]}"
    chosen = value if isinstance(value, list) else [value]
    if option.choices:
        for item in chosen:
            if item not in option.choices:
                return f"“{item}” is not known; {did_you_mean(str(item), option.choices)}"
    return ""


def _fits(kind: OptionKind, value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match kind:
        case OptionKind.TEXT:
            return isinstance(value, str)
        case OptionKind.INTEGER:
            return number and isinstance(value, int)
        case OptionKind.NUMBER:
            return number
        case OptionKind.FLAG:
            return isinstance(value, bool)
        case OptionKind.LIST:
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case OptionKind.TABLE:
            return isinstance(value, dict) and all(
                isinstance(item, str | int | float) and not isinstance(item, bool) for item in value.values()
            )
        case OptionKind.DURATION:
            return isinstance(value, str) and _is_duration(value)


def _is_duration(text: str) -> bool:
    try:
        durations.parse(text)
    except durations.DurationError:
        return False
    return True


def holds_certificates(path: Path) -> bool:
    import ssl  # only a backend with an authority of its own needs it

    try:
        ssl.create_default_context().load_verify_locations(cafile=path)
    except (OSError, ValueError):
        return False
    return True
