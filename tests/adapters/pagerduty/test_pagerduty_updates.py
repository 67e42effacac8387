"""Words for those affected: status updates, through templates, with what the account allows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.pagerduty.acts import act
from tests.adapters.pagerduty.conftest import MakeRig
from tests.adapters.pagerduty.rig import PdRig
from vagt.adapters.protocol import ForbiddenError, InvalidError
from vagt.domain.commands import (
    Announce,
    Comment,
    Verb,
)


@pytest.mark.parametrize("logged", [{}, {"update_words_in_log": False}, {"updates_in_log": False}])
async def test_a_comment_is_a_status_update_and_shows_once(rigs: MakeRig, logged: dict[str, Any]) -> None:
    rig: PdRig = await rigs(**logged)
    (id,) = await rig.seed(["affected"])
    session = await rig.connect()
    await act(session, id, Comment("we are working on it"))
    assert [update.message for update in rig.incident(id).updates] == ["we are working on it"]
    public = [entry.text for entry in await session.timeline(id) if entry.public]
    assert public.count("we are working on it") == 1


async def test_an_announcement_goes_out_through_the_template(rig: PdRig) -> None:
    (id,) = await rig.seed(["Mail is slow"])
    session = await rig.connect(status_template="For managers")
    await act(session, id, Announce("status", "Mail", "half of it works again"))
    (update,) = rig.incident(id).updates
    assert update.message == "Update: half of it works again"
    assert update.subject == "Mail"
    assert update.html == "<h1>half of it works again</h1>"


async def test_without_a_template_the_title_is_the_mails_subject(rig: PdRig) -> None:
    (id,) = await rig.seed(["Mail is slow"])
    await act(await rig.connect(), id, Announce("status", "Mail: disruption", "half of <it>\nworks\n\nmore later"))
    (update,) = rig.incident(id).updates
    assert (update.message, update.subject) == ("half of <it>\nworks\n\nmore later", "Mail: disruption")
    assert update.html == "<p>half of &lt;it&gt;<br>works</p><p>more later</p>"


async def test_an_account_without_mails_of_its_own_gets_the_words(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(html_refused=True)
    (id,) = await rig.seed(["Mail is slow"])
    await act(await rig.connect(), id, Announce("status", "Mail: disruption", "half of it works"))
    assert [(one.message, one.subject) for one in rig.incident(id).updates] == [("half of it works", "")]


async def test_a_template_that_is_not_there_sends_nothing(rig: PdRig) -> None:
    (id,) = await rig.seed(["Mail is slow"])
    session = await rig.connect(status_template="For nobody")
    with pytest.raises(InvalidError, match="For nobody"):
        await act(session, id, Announce("status", "Mail", "words"))
    assert not rig.incident(id).updates


async def test_an_account_without_status_updates_says_so(rigs: MakeRig) -> None:
    rig: PdRig = await rigs(abilities=["priorities"])
    (id,) = await rig.seed(["affected"])
    with pytest.raises(ForbiddenError, match="does not have it"):
        await act(await rig.connect(), id, Comment("words"))


async def test_the_form_of_a_comment_tells_how_many_read_it(rig: PdRig) -> None:
    (id,) = await rig.seed(["affected"])
    rig.incident(id).subscribers = [(rig.account.world.users["bo"], "user"), (rig.account.world.teams["Data"], "team")]
    (spec,) = await (await rig.connect()).fields(Verb.COMMENT, id)
    assert "It goes to 2 subscribers" in spec.help
    assert "cannot be recalled" in spec.help
