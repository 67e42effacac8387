"""What is said of an update that was handed over."""

from __future__ import annotations

from vagt.comms import delivery
from vagt.comms.delivery import Delivery, Status


def sent_words(deliveries: tuple[Delivery, ...], template: str) -> str:
    """What became of it, for the line: to whom, and what waits or cannot go."""
    audiences = dict.fromkeys(one.audience for one in deliveries if one.status is not Status.AWAITING)
    words = f"Update “{template}” to {', '.join(audiences)}" if audiences else f"Update “{template}”"
    waiting = dict.fromkeys(one.audience for one in deliveries if one.status is Status.AWAITING)
    if waiting:
        words += f" · {', '.join(waiting)}: waits for a colleague's approval"
    failed = [one for one in deliveries if one.status is Status.FAILED]
    if failed:
        words += f" · {delivery.shortfalls(failed)}"
    return words
