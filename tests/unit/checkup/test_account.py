"""What is said of an account on a backend, and what is advised where there is no signing in."""

from __future__ import annotations

import pytest

from vagt.adapters.protocol import (
    Account,
    AdapterError,
    AuthError,
    ForbiddenError,
    InvalidError,
    ProtocolError,
    ThrottledError,
    UnavailableError,
)
from vagt.checkup.account import SignedIn, findings
from vagt.checkup.finding import Finding, Status, Trouble
from vagt.config.settings import BackendSettings
from vagt.domain.capability import Capabilities, Capability

DESK = BackendSettings(name="desk", adapter="embedded", auth="token")


def account(
    *able: Capability,
    skew: float | None = 0.2,
    notes: tuple[str, ...] = (),
    unable: dict[Capability, str] | None = None,
) -> Account:
    capabilities = Capabilities(frozenset(able or Capability), tuple((unable or {}).items()))
    return Account(login="anna", capabilities=capabilities, clock_skew=skew, notes=notes, product="Desk 1")


def told(of: Account | AdapterError, backend: BackendSettings = DESK, seconds: float = 0.1) -> dict[str, Finding]:
    error = of if isinstance(of, AdapterError) else None
    signed = SignedIn(None, None if isinstance(of, AdapterError) else of, error, seconds)
    return {finding.name: finding for finding in findings(backend, 15.0, signed)}


def test_an_account_in_order() -> None:
    found = told(account())
    assert {finding.status for finding in found.values()} == {Status.OK}
    assert found["sign-in"].message == "anna on Desk 1"
    assert "notes" not in found


@pytest.mark.parametrize(
    ("skew", "status", "says"),
    [
        (30.0, Status.OK, "agree within 30 s"),
        (31.0, Status.WARNING, "31 s ahead of"),
        (-3700.0, Status.WARNING, "1 h 1 m behind"),
    ],
)
def test_clocks(skew: float, status: Status, says: str) -> None:
    found = told(account(skew=skew))["clocks"]
    assert (found.status, says in found.message) == (status, True)


def test_a_backend_that_does_not_tell_the_time() -> None:
    assert "clocks" not in told(account(skew=None))


def test_what_an_account_cannot_do_is_told_with_the_reason_once() -> None:
    reason = "the right ModifyTicket is missing"
    lacks = {Capability.RESOLVE: reason, Capability.CLOSE: reason, Capability.SNOOZE: "it knows no snooze"}
    found = told(account(*(set(Capability) - lacks.keys()), unable=lacks))["permissions"]
    assert found.status is Status.OK
    assert found.details == ("cannot snooze: it knows no snooze", f"cannot resolve, close: {reason}")


def test_what_nobody_gave_a_reason_for_is_no_reason_for_itself() -> None:
    able = set(Capability) - {Capability.RESOLVE, Capability.CLOSE}
    assert told(account(*able))["permissions"].details == (
        "cannot resolve, close: Vagt knows no such thing of this system",
    )


def test_an_account_that_can_only_read_is_worth_a_warning_unless_that_is_meant() -> None:
    reader = account(Capability.TIMELINE, Capability.SLA)
    found = told(reader)["permissions"]
    assert (found.status, found.message) == (Status.WARNING, "this account can only read")
    meant = BackendSettings(name="desk", adapter="embedded", read_only=True)
    assert told(reader, meant)["permissions"].status is Status.OK


def test_notes_and_slowness() -> None:
    found = told(account(notes=("first", "second")), seconds=11)
    assert (found["notes"].message, found["notes"].details) == ("first", ("second",))
    assert found["limits"].status is Status.WARNING
    assert "raise `timeout` of desk" in found["limits"].remedy


@pytest.mark.parametrize(
    ("error", "trouble", "remedy"),
    [
        (AuthError("Unauthorized"), Trouble.AWAY, "vagt secret set desk"),
        (ForbiddenError("no"), Trouble.AWAY, "ask who runs it"),
        (ThrottledError("too many", 90), Trouble.AWAY, "raise `refresh`"),
        (InvalidError("option x"), Trouble.CONFIG, "put right what the config says of desk"),
        (UnavailableError("502"), Trouble.AWAY, "is it up"),
        (ProtocolError("a web page came"), Trouble.AWAY, "check `url`"),
    ],
)
def test_each_refusal_has_its_own_remedy(error: AdapterError, trouble: Trouble, remedy: str) -> None:
    found = told(error)
    assert list(found) == ["sign-in"]
    assert (found["sign-in"].status, found["sign-in"].trouble) == (Status.PROBLEM, trouble)
    assert error.words in found["sign-in"].message
    assert remedy in found["sign-in"].remedy


def test_how_long_to_stay_away_is_said() -> None:
    assert "stay away for 1 m 30 s" in told(ThrottledError("too many", 90))["sign-in"].message
