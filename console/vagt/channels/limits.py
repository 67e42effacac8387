"""How much a channel takes, and in which form: for whoever writes to it."""

from __future__ import annotations

from dataclasses import dataclass

from vagt.channels.address import Address
from vagt.config.response import ChannelSettings


@dataclass(frozen=True, slots=True)
class Limits:
    """In characters; None: as much as one likes."""

    body: int | None
    title: int | None
    """0: it has no title of its own; ours then leads the body and counts with it."""
    format: str
    """`text`, `markdown` or `html`: how the words look where they arrive. We always hand over plain text,
    which shows as it is in each; `html` also takes a text with HTML of its own."""


_MAIL = Limits(None, 250, "html")
_JSON = Limits(None, None, "text")
_KNOWN = {
    **dict.fromkeys(("mailto", "mailtos"), _MAIL),
    **dict.fromkeys(("json", "jsons"), _JSON),
    **dict.fromkeys(("xml", "xmls", "form", "forms"), Limits(32768, 250, "text")),
    "slack": Limits(35000, 250, "text"),
    **dict.fromkeys(("workflow", "workflows"), Limits(1000, 250, "markdown")),
    **dict.fromkeys(("ntfy", "ntfys"), Limits(7800, 200, "text")),
    "pagerduty": Limits(1024, 0, "text"),
    "discord": Limits(2000, 250, "text"),
    "tgram": Limits(4096, 0, "html"),
    **dict.fromkeys(("mmost", "mmosts"), Limits(4000, 0, "text")),
    **dict.fromkeys(("rocket", "rockets"), Limits(1000, 0, "markdown")),
    "gchat": Limits(4000, 0, "markdown"),
    "opsgenie": Limits(15000, 250, "text"),
    "pover": Limits(1024, 250, "text"),
    **dict.fromkeys(("gotify", "gotifys"), Limits(32768, 250, "text")),
    **dict.fromkeys(("apprise", "apprises"), Limits(32768, 250, "text")),
}
"""Of the services met most often, so that Apprise need not be loaded to know; a test holds them against it."""
_USUAL = Limits(32768, 250, "text")


def limits(channel: ChannelSettings) -> Limits:
    """What this channel takes. Loads Apprise for a service that is not among the usual ones (0.2 s, once)."""
    scheme = Address(channel.url).scheme
    found = _KNOWN.get(scheme)
    if found is None:
        from vagt.channels.apprising import limits_of  # Apprise is loaded only where it must be

        found = limits_of(scheme)
    return found or _USUAL
