"""A channel's address: what can be told of it without its secret, and the whole of it at the moment of sending."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlsplit

PLACE = "{secret}"
_MAIL = frozenset({"mailto", "mailtos"})
_JSON = frozenset({"json", "jsons"})
_HOOKS = frozenset({*_JSON, "xml", "xmls", "form", "forms"})
_PREFIXES = ("+", ":", "-")
"""Parameters that Apprise hands on as headers, fields and parameters of the request; it decodes these twice."""


class Address:
    """The address of a `[[channels]]` table. It never holds the secret."""

    def __init__(self, template: str) -> None:
        self.template = template
        self.scheme = template.partition("://")[0].lower()

    @property
    def needs_secret(self) -> bool:
        return PLACE in self.template

    @property
    def is_mail(self) -> bool:
        return self.scheme in _MAIL

    @property
    def is_json(self) -> bool:
        return self.scheme in _JSON

    @property
    def is_hook(self) -> bool:
        """A plain web request of the user's own making."""
        return self.scheme in _HOOKS

    @property
    def unverified(self) -> bool:
        """Whether it asks for certificates not to be checked, which we never do."""
        query = urlsplit(self.template).query
        no = ("no", "false", "0", "off", "n", "f", "never", "disable", "disabled", "deny")
        return any(name.lower() == "verify" and value.strip().lower() in no for name, value in parse_qsl(query))

    @property
    def hosts(self) -> tuple[str, ...]:
        """The machines that it names."""
        try:
            url = urlsplit(self.template)
            found = [url.hostname or "", dict(parse_qsl(url.query)).get("smtp", "")]
        except ValueError:
            return ()
        return tuple(host for host in found if host and PLACE not in host)

    def filled(self, secret: str) -> str:
        """The whole address, with the secret quoted as its place in it wants."""
        head, mark, query = self.template.partition("?")
        scheme, _, rest = head.partition("://")
        authority, slash, path = rest.partition("/")
        user_info, at, host = authority.rpartition("@")
        whole = quote(secret, safe="")
        # Some services have a secret of several parts, as T…/B…/…; there it stands for all of them.
        parts = quote(secret, safe="/:@=")
        filled = f"{scheme}://{user_info.replace(PLACE, whole)}{at}{host.replace(PLACE, parts)}"
        filled += f"{slash}{path.replace(PLACE, parts)}"
        if not mark:
            return filled
        twice = quote(whole, safe="")
        pairs = [pair.replace(PLACE, twice if pair.startswith(_PREFIXES) else whole) for pair in query.split("&")]
        return f"{filled}?{'&'.join(pairs)}"

    def __repr__(self) -> str:
        return f"Address({self.template!r})"
