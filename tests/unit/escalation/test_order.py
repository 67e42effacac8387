"""One step as requests: what its note holds, however much somebody has to say."""

from __future__ import annotations

from tests.unit.escalation.scene import T0, incident, path
from vagt.domain import marker
from vagt.domain.commands import Command, Note
from vagt.engine.intent import Intent, Stage
from vagt.escalation.carrying import outcome_words
from vagt.escalation.order import Order
from vagt.escalation.paths import Target, TargetKind
from vagt.escalation.reach import Reach
from vagt.escalation.record import MarkKind


def test_a_reason_without_end_does_not_push_the_marker_out_of_a_note() -> None:
    order = Order(
        incident=incident(),
        system="desk.example",
        reach=Reach(Target(TargetKind.CHANNEL, "noc-chat"), notify=(("noc-chat",),)),
        reason="all is on fire " * 1000,
        at=T0,
        path=path(),
        step=path().step(1),
        by="anna",
    )
    request = order.note(f"Escalated by anna. Reason: {order.reason}", order.mark(MarkKind.DONE, "c1"))
    assert isinstance(request.change, Note)
    assert len(request.change.text) < 2000
    assert [found.kind for found in marker.find(request.change.text)] == ["done"]
    assert "Reason: all is on fire" in request.change.text


def test_what_was_told_in_a_channel_is_not_told_to_it_by_itself() -> None:
    order = Order(
        incident=incident(),
        system="desk.example",
        reach=Reach(Target(TargetKind.CHANNEL, "noc-chat"), notify=(("noc-chat",),)),
        reason="nobody took it",
        at=T0,
    )
    (request,) = order.telling()
    assert request.subject is not None
    command = Command(
        id="n", backend=request.backend, subject=request.subject, ref="desk:1", change=request.change, by="", at=T0
    )
    told = Intent(command=command, stage=Stage.DONE, seq=1, not_before=T0)
    assert outcome_words(order, [told]) == "told the channel noc-chat"
    late = Intent(command=command, stage=Stage.REFUSED, seq=1, not_before=T0, reason="no such room")
    assert outcome_words(order, [late]) == "the channel noc-chat failed (no such room)"
