"""The console's one office for stakeholder communication, made once somebody needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from vagt.comms.courier import Courier
from vagt.comms.office import Office
from vagt.ui.notices import Notices

if TYPE_CHECKING:
    from vagt.ui.app import VagtApp

_of: WeakKeyDictionary[object, Office] = WeakKeyDictionary()


def office_of(app: VagtApp) -> Office:
    """Audiences, templates, drafts and promises of this console; it ends with the console."""
    office = _of.get(app)
    if office is None:
        office = _of[app] = Office(app.engine)
    return office


def courier_of(app: VagtApp) -> Courier:
    """Whoever reads what others have promised, and reminds of what is due, for as long as the console is open."""
    if app.courier is None:
        office = office_of(app)
        notices = Notices(app, office)
        office.on_seen = notices.seen
        app.courier = Courier(office)
        app.courier.on_due = notices.due
        app.courier.on_released = notices.released
    return app.courier
