"""A priority by way of impact and urgency: as rows of this instance showed it, else by the config's matrix."""

from __future__ import annotations

from vagt.adapters.protocol import InvalidError
from vagt.adapters.servicenow.context import Context
from vagt.adapters.servicenow.wire import Row, number, shown
from vagt.domain.priority import LEVELS


def levels_for(context: Context, row: Row, priority: int) -> tuple[int, int]:
    """The impact and urgency that give `priority`, nearest to what the incident has. Raises InvalidError."""
    held = number(row, "impact") or 2, number(row, "urgency") or 2
    told = {
        (impact, urgency): context.matrix.get((impact, urgency)) or context.connection.matrix.priority(impact, urgency)
        for impact in LEVELS
        for urgency in LEVELS
    }
    fitting = [pair for pair, gives in told.items() if gives == priority]
    if not fitting:
        words = f"no impact and urgency give priority {priority} here: set these two instead"
        raise InvalidError(words, (("priority", "cannot be reached"),))
    # What was seen here is surer than the config; then little is changed, the urgency first.
    return min(
        fitting,
        key=lambda pair: (pair not in context.matrix, abs(pair[0] - held[0]) * 2 + abs(pair[1] - held[1]), pair),
    )


def surprise(row: Row, wanted: int, impact: int, urgency: int) -> InvalidError:
    """Impact and urgency were stored, and the instance made another priority of them."""
    words = (
        f"this instance makes “{shown(row, 'priority', limit=60)}” of impact {impact} and urgency {urgency}, "
        f"not priority {wanted}; both are stored, and the next try knows better"
    )
    return InvalidError(words, (("priority", "cannot be reached"),))
