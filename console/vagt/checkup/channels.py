"""Whether each channel has its secret and can be reached; nobody is told anything."""

from __future__ import annotations

from vagt.adapters.protocol import AdapterError, AuthError, InvalidError, UnavailableError
from vagt.channels.address import Address
from vagt.channels.opening import open_channel
from vagt.channels.protocol import Line
from vagt.checkup import setup
from vagt.checkup.finding import Finding, Trouble, ok, problem, skipped, warning
from vagt.config import secrets
from vagt.config.response import ChannelSettings
from vagt.domain.clock import Clock
from vagt.domain.commands import channel_backend


async def check_secret(channel: ChannelSettings) -> Finding:
    """Where its secret is found; never what it is."""
    backend = channel_backend(channel.name)
    if not Address(channel.url).needs_secret:
        return skipped("secret", "its address has no place for one", backend=backend)
    try:
        found = await secrets.find(channel.name, channel.secret_command)
    except secrets.SecretError as error:
        remedy = f"vagt secret set {channel.name}; docs/channels.md has the other ways"
        return problem("secret", error.words, remedy, backend=backend, trouble=Trouble.AWAY)
    return ok("secret", f"found: {found.source}", backend=backend)


def from_keyring(channel: ChannelSettings) -> bool:
    """Whether its secret would be looked for in the keyring."""
    return Address(channel.url).needs_secret and setup.looked_for_in_keyring(channel.name, channel.secret_command)


async def check_channel(channel: ChannelSettings, clock: Clock) -> Finding:
    """Whether it can be reached; mail servers are signed in to as well."""
    backend = channel_backend(channel.name)

    async def secret() -> str:
        try:
            return await secrets.secret_of(channel)
        except secrets.SecretError as error:
            raise AuthError(error.words) from None

    try:
        words = await open_channel(Line(channel, secret, clock)).check()
    except AdapterError as error:
        return _trouble(channel, error, backend)
    if Address(channel.url).needs_secret and words.endswith("unencrypted") and not _is_local(channel):
        remedy = f"{Address(channel.url).scheme}s:// in the address encrypts it, where the other side can"
        return warning("channel", f"{words}: who listens can read its secret", remedy, backend=backend)
    return ok("channel", words, backend=backend)


def _is_local(channel: ChannelSettings) -> bool:
    return all(host in ("localhost", "127.0.0.1", "::1") for host in Address(channel.url).hosts)


def _trouble(channel: ChannelSettings, error: AdapterError, backend: str) -> Finding:
    match error:
        case AuthError():
            remedy = f"vagt secret check {channel.name} tells where the secret comes from, vagt secret set replaces it"
        case InvalidError():
            remedy = f"put right `url` of the channel {channel.name}; docs/channels.md has examples"
            return problem("channel", error.words, remedy, backend=backend, trouble=Trouble.CONFIG)
        case UnavailableError():
            remedy = "is it up, and the network between? if it is only slow, raise `timeout` of the channel"
        case _:
            remedy = f"check `url` of the channel {channel.name} in the config"
    return problem("channel", error.words, remedy, backend=backend, trouble=Trouble.AWAY)
