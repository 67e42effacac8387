"""The console's one office for stakeholder communication, made once somebody needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from vagt.comms.office import Office

if TYPE_CHECKING:
    from vagt.ui.app import VagtApp

_of: WeakKeyDictionary[object, Office] = WeakKeyDictionary()


def office_of(app: VagtApp) -> Office:
    """Audiences, templates, drafts and promises of this console; it ends with the console."""
    office = _of.get(app)
    if office is None:
        office = _of[app] = Office(app.engine)
    return office
