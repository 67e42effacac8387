"""Files: on a customer's request only inside, on everything else as the platform has it, and read back whole."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.jsm.conftest import MakeRig
from tests.adapters.jsm.rig import JsmRig
from vagt.adapters.protocol import ForbiddenError, InvalidError, NotFoundError, UnavailableError
from vagt.domain.capability import Capability

BOTH = pytest.mark.parametrize("deployment", ["cloud", "dc"])


def stored(rig: JsmRig) -> list[tuple[str, bytes, bool]]:
    return [(file.name, file.content, file.public) for file in rig.site.store.files.values()]


@BOTH
async def test_a_file_on_a_request_is_internal_and_comes_back_whole(rigs: MakeRig, deployment: str) -> None:
    rig: JsmRig = await rigs(deployment=deployment)
    (id,) = await rig.seed(["Mail queue stuck"])
    session = await rig.connect()
    content = b"\x00\r\n<html>{}" * 500
    file = await session.attach(id, "trace Ærø.log", content)
    assert (file.name, file.size, file.by) == ("trace Ærø.log", len(content), "Anna Andersson")
    assert stored(rig) == [("trace Ærø.log", content, False)]
    assert rig.site.store.mail == []
    assert [one.id for one in await session.attachments(id)] == [file.id]
    assert await session.attached(id, file.id) == content


@BOTH
async def test_a_file_on_what_an_agent_opened_goes_by_the_platform(rigs: MakeRig, deployment: str) -> None:
    rig: JsmRig = await rigs(deployment=deployment)
    id = rig.site.register("no request", by="bo").id
    session = await rig.connect()
    file = await session.attach(id, "trace.log", b"x")
    assert await session.attached(id, file.id) == b"x"
    assert [one for one in rig.log if one.path.endswith("/attachments")], "there is no customer to keep it from"
    assert rig.site.store.mail == []


@BOTH
async def test_what_jira_makes_public_is_said_loudly(rigs: MakeRig, deployment: str) -> None:
    rig: JsmRig = await rigs(deployment=deployment, property_ignored=True)
    (id,) = await rig.seed(["leaky"])
    with pytest.raises(InvalidError, match="CAREFUL: Jira showed this file to the customer"):
        await (await rig.connect()).attach(id, "secrets.txt", b"x")


@pytest.mark.parametrize("quirks", [{"agent": False}, {"read_only_account": True}])
async def test_nothing_falls_back_to_an_upload_that_customers_see(rigs: MakeRig, quirks: dict[str, Any]) -> None:
    rig: JsmRig = await rigs(**quirks)
    (id,) = await rig.seed(["quiet"])
    with pytest.raises(ForbiddenError):
        await (await rig.connect()).attach(id, "trace.log", b"x")
    assert stored(rig) == []
    assert not [one for one in rig.log if one.path.endswith("/attachments")]


async def test_an_account_that_may_attach_nothing_is_told_why(rigs: MakeRig) -> None:
    rig: JsmRig = await rigs(read_only_account=True)
    capabilities = (await (await rig.connect()).probe()).capabilities
    assert "CREATE_ATTACHMENTS" in capabilities.reason(Capability.ATTACH)


async def test_a_file_that_is_too_large_is_refused_in_words(rig: JsmRig) -> None:
    (id,) = await rig.seed(["big"])
    with pytest.raises(InvalidError, match="larger than this site allows"):
        await (await rig.connect()).attach(id, "core.dump", b"\0" * (11 * 1024 * 1024))
    assert stored(rig) == []


async def test_a_lost_answer_of_the_first_step_leaves_nothing_behind(rig: JsmRig) -> None:
    (id,) = await rig.seed(["lost"])
    session = await rig.connect()
    await session.probe()
    with (
        rig.proxy.losing_answers(lambda line: "attachTemporaryFile" in line),
        pytest.raises(UnavailableError) as raised,
    ):
        await session.attach(id, "trace.log", b"x")
    assert not raised.value.sent, "it hangs on no issue yet"
    with (
        rig.proxy.losing_answers(lambda line: line.split()[1].endswith("/attachment")),
        pytest.raises(UnavailableError) as raised,
    ):
        await session.attach(id, "trace.log", b"x")
    assert raised.value.sent
    assert [file.name for file in await session.attachments(id)] == ["trace.log"]


@BOTH
async def test_a_file_of_another_issue_or_host_is_not_read(rigs: MakeRig, deployment: str) -> None:
    rig: JsmRig = await rigs(deployment=deployment)
    mine, other = await rig.seed(["mine", "other"])
    session = await rig.connect()
    file = await session.attach(mine, "a.txt", b"a")
    with pytest.raises(NotFoundError):
        await session.attached(other, file.id)
    asked = len(rig.log)
    await session.attached(mine, file.id)
    assert all(one.path.startswith(("/rest/", "/secure/attachment/")) for one in rig.log[asked:])
