"""What a channel takes, and where in an address a secret goes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from apprise import Apprise
from apprise.manager_plugins import NotificationManager
from hypothesis import given
from hypothesis import strategies as st

from tests.waiting import best_of
from vagt.channels import Limits, limits
from vagt.channels.address import Address
from vagt.channels.limits import _KNOWN
from vagt.config.response import ChannelSettings


def of(url: str) -> Limits:
    return limits(ChannelSettings(name="x", url=url))


@pytest.mark.parametrize("scheme", sorted(set(_KNOWN) - {"mailto", "mailtos", "json", "jsons"}))
def test_what_is_known_by_heart_is_what_apprise_says(scheme: str) -> None:
    plugin = NotificationManager()[scheme]  # type: ignore[no-untyped-call]
    known = _KNOWN[scheme]
    assert (known.body, known.title) == (plugin.body_maxlen, plugin.title_maxlen)
    formats = plugin.notify_format if isinstance(plugin.notify_format, tuple) else (plugin.notify_format,)
    assert known.format in [one.value for one in formats]


def test_mail_and_json_take_what_one_likes() -> None:
    assert of("mailtos://x:{secret}@y").body is None
    assert of("jsons://x/y").body is None and of("mailto://y").title == 250


def test_a_service_beyond_the_usual_ones_is_asked_of_apprise() -> None:
    assert of("vonage://x") == Limits(160, 0, "text")
    assert of("nonsense://x") == Limits(32768, 250, "text")


def test_apprise_is_not_loaded_for_what_is_known() -> None:
    code = (
        "import sys; from vagt.channels import limits; from vagt.config.response import ChannelSettings;"
        "from vagt.channels.opening import open_channel;"
        "assert limits(ChannelSettings(name='x', url='slack://{secret}')).title == 250;"
        "sys.exit(any(name in sys.modules for name in ('apprise', 'requests', 'smtplib', 'httpx', 'jinja2')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_loop_goes_on_while_apprise_is_loaded() -> None:
    code = """
import asyncio, time
from datetime import UTC, datetime
from vagt.adapters.protocol import UnavailableError
from vagt.channels.opening import open_channel
from vagt.channels.protocol import Line, Message
from vagt.config.response import ChannelSettings
from vagt.domain.clock import SystemClock

async def main():
    gaps = []

    async def tick():
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.005)
            gaps.append(time.perf_counter() - last)
            last = time.perf_counter()

    ticking = asyncio.create_task(tick())
    channel = open_channel(Line(ChannelSettings(name="x", url="ntfy://127.0.0.1:9/x"), None, SystemClock()))
    try:
        await channel.tell(Message("1", "t", "x", datetime.now(UTC)))
    except UnavailableError:
        print(max(gaps))

asyncio.run(main())
"""

    def gap() -> float:
        return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)

    assert best_of(gap, 0.25) < 0.25, "the screen stands still for no longer than anybody notices"


@given(st.text(min_size=1, max_size=30).filter(lambda text: text.isprintable() and text == text.strip()))
def test_a_secret_comes_through_an_address_as_it_is(secret: str) -> None:
    mail = Apprise.instantiate(Address("mailto://anna:{secret}@mail.test/bo@users.test").filled(secret))
    assert mail is not None and mail.password == secret
    hook = Apprise.instantiate(Address("json://h.test/x?+Authorization=Bearer%20{secret}&:team=noc").filled(secret))
    assert hook is not None and hook.headers["Authorization"] == f"Bearer {secret}"  # type: ignore[attr-defined]
    assert hook.payload_extras == {"team": "noc"}  # type: ignore[attr-defined]


def test_a_secret_of_several_parts_fills_several_places() -> None:
    assert Address("slack://{secret}").filled("T/B/x") == "slack://T/B/x"
    assert Address("tgram://{secret}/9").filled("12:ab") == "tgram://12:ab/9"
    assert Address("ntfys://h.test/{secret}").filled("a b?c#d") == "ntfys://h.test/a%20b%3Fc%23d"


def test_the_hosts_of_an_address_are_known_so_that_a_bug_report_can_leave_them_out() -> None:
    assert Address("mailtos://x:{secret}@acme.example?smtp=mx.acme.example").hosts == (
        "acme.example",
        "mx.acme.example",
    )
    assert Address("slack://{secret}").hosts == ()


def test_no_address_shows_more_than_its_template() -> None:
    assert repr(Address("slack://{secret}")) == "Address('slack://{secret}')"
    assert Address("slack://{secret}").needs_secret and not Address("json://x").needs_secret


@pytest.mark.parametrize("value", ["no", "False", "0", "off"])
def test_certificates_cannot_be_left_unchecked(value: str) -> None:
    assert Address(f"jsons://x?verify={value}").unverified
    assert not Address("jsons://x?verify=yes").unverified
