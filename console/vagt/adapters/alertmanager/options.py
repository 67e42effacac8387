"""`[backends.options]` of an Alertmanager backend, checked and ready to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from vagt.adapters.alertmanager.manifest import MANIFEST
from vagt.adapters.alertmanager.matchers import Matcher, MatcherError, parse
from vagt.adapters.given import Given, wrong
from vagt.adapters.protocol import InvalidError
from vagt.config.settings import BackendSettings
from vagt.domain import durations
from vagt.domain.priority import PRIORITIES

_USUAL = {
    1: "critical crit page fatal emergency emerg disaster alert sev1 p1 s1",
    2: "error err high major severe sev2 p2 s2",
    3: "warning warn medium average minor sev3 p3 s3",
    4: "info information informational notice low sev4 p4 s4",
    5: "none debug ok test sev5 p5 s5",
}
"""The words for severity that people use; no word is Alertmanager's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How this site labels its alerts, told by the config."""

    by_alert: bool
    """Each alert is an incident of its own."""
    receivers: tuple[str, ...]
    severity_label: str
    priorities: Mapping[str, int]
    """By severity, lower case."""
    default_priority: int
    service_labels: tuple[str, ...]
    team_labels: tuple[str, ...]
    title_annotations: tuple[str, ...]
    text_annotations: tuple[str, ...]
    link_annotations: tuple[str, ...]
    author: str
    web_url: str
    after_restart: float
    """Seconds."""
    members: tuple[str, ...]
    """Further addresses of the same cluster."""
    filters: tuple[Matcher, ...]
    """What belongs to this queue."""

    def priority_of(self, severity: str) -> int:
        """1 to 5."""
        return self.priorities.get(severity.strip().lower(), self.default_priority)


def read(settings: BackendSettings) -> Options:
    """The options of `settings`, with the manifest's defaults. Raises InvalidError that names the option."""

    given = Given(MANIFEST, settings)
    value, text, texts = given.value, given.text, given.texts

    default = value("default_priority")
    if not isinstance(default, int) or default not in PRIORITIES:
        raise wrong("default_priority", "it is a number from 1 to 5")
    web = text("web_url")
    if web and not web.lower().startswith(("http://", "https://")):
        raise wrong("web_url", "it begins with http:// or https://")
    try:
        after_restart = durations.parse(text("after_restart"))
    except durations.DurationError as error:
        raise wrong("after_restart", str(error)) from None
    try:
        filters = parse(settings.query)
    except MatcherError as error:
        raise InvalidError(f"the query cannot be used: {error}", (("query", str(error)),)) from None
    return Options(
        by_alert=text("incidents") == "alerts",
        receivers=texts("receivers"),
        severity_label=text("severity_label"),
        priorities=_priorities(value("priorities")),
        default_priority=default,
        service_labels=texts("service_labels"),
        team_labels=texts("team_labels"),
        title_annotations=texts("title_annotations"),
        text_annotations=texts("text_annotations"),
        link_annotations=texts("link_annotations"),
        author=text("author"),
        web_url=web.rstrip("/"),
        after_restart=after_restart,
        members=_members(settings, texts("members")),
        filters=filters,
    )


def base_of(address: str) -> str:
    """The address below which the API is, without what people copy along."""
    return address.strip().rstrip("/").removesuffix("/api/v2").rstrip("/")


def _members(settings: BackendSettings, given: tuple[str, ...]) -> tuple[str, ...]:
    """Checked as `url` is. All must sign in the same way, so that none gets a secret that the others would encrypt."""
    scheme = urlsplit(settings.url).scheme.lower()
    for address in given:
        parts = urlsplit(address.strip())
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            raise wrong("members", f"“{address}” is no address that begins with http:// or https://")
        if parts.username or parts.password:
            raise wrong("members", "an address holds no name and no password: `auth` and the secret serve all of them")
        if scheme and parts.scheme.lower() != scheme:
            raise wrong("members", f"{parts.netloc} is {parts.scheme.lower()} and `url` is {scheme}: use one for all")
    return tuple(base_of(address) for address in given)


def _priorities(given: object) -> dict[str, int]:
    table = {word: priority for priority, words in _USUAL.items() for word in words.split()}
    if given is None:
        return table
    if not isinstance(given, Mapping):
        raise wrong("priorities", "it is a table of severity to number")
    for word, number in given.items():
        if not str(number).isdigit() or int(str(number)) not in PRIORITIES:
            raise wrong("priorities", f"“{word}” means a number from 1 to 5, not “{number}”")
        table[str(word).strip().lower()] = int(str(number))
    return table
