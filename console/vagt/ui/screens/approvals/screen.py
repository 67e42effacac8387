"""The screen of updates that wait for approval: a list, the whole text, and the two keys that decide."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from vagt.comms import approvals, delivery, releasing
from vagt.comms.approvals import DecisionError, Waiting
from vagt.domain.actions import Scope
from vagt.domain.incident import Incident, Key
from vagt.engine.errors import EngineError
from vagt.ui.messages import Tone
from vagt.ui.offices import office_of
from vagt.ui.screens.approvals.model import WaitingModel
from vagt.ui.screens.approvals.page import page
from vagt.ui.screens.approvals.returning import ReturnQuestion
from vagt.ui.screens.base import OF_THE_QUEUE
from vagt.ui.screens.incident.reader import Reader
from vagt.ui.screens.keybar import KeyBar
from vagt.ui.screens.line import LineBar
from vagt.ui.screens.moving import Movable, MovingScreen
from vagt.ui.screens.status import StatusBar
from vagt_widgets.confirm import ConfirmScreen
from vagt_widgets.glyphs import glyphs_for
from vagt_widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from vagt.engine.engine import Engine
    from vagt.ui.keymap import Keymap

TITLE = "Updates that wait for approval"
LOOKING = "Looking through the timelines of those that may need approval …"
NONE = "No update waits for approval.\nAn audience with “approval = true” in the config puts its texts here."


class ApprovalsScreen(MovingScreen):
    """Rows above, the text under the cursor below; what is approved is sent exactly as it stands here."""

    CSS = """
    ApprovalsScreen #title { height: 1; padding: 0 1; background: $panel; text-style: bold; }
    ApprovalsScreen VirtualList { height: 2fr; }
    ApprovalsScreen Reader { height: 3fr; padding: 0 1; border-top: solid $panel; }
    """
    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.APPROVALS, Scope.QUEUE, Scope.APP)
    WITHOUT: ClassVar[frozenset[str]] = OF_THE_QUEUE | {"approvals"}
    HELP_TITLE = "Approvals"

    def __init__(self, engine: Engine, keymap: Keymap) -> None:
        super().__init__(engine, keymap)
        self.model = WaitingModel()
        self._read_now: str | None = None

    @property
    def name(self) -> str:
        """By which the console finds it among the open screens."""
        return "approvals"

    def compose(self) -> ComposeResult:
        yield Static(TITLE, id="title", markup=False)
        yield VirtualList[str](self.model, empty=LOOKING, glyphs=glyphs_for(), id="waiting")
        yield Reader(glyphs=glyphs_for(), id="text")
        yield StatusBar(self.engine)
        yield LineBar()
        yield KeyBar()

    def on_mount(self) -> None:
        self.rows.focus()
        self._look()

    @property
    def rows(self) -> VirtualList[str]:
        return self.query_one("#waiting", VirtualList)

    @property
    def moved(self) -> Movable:
        return self.rows

    def subjects(self) -> tuple[Key, ...]:
        waiting = self._current()
        return () if waiting is None else (waiting.seen.incident.key,)

    def _look(self) -> None:
        self.run_worker(self.vagt.guarded(self._read()), group="approvals", exclusive=True, exit_on_error=False)

    async def _read(self) -> None:
        office = office_of(self.vagt)
        try:
            found = await approvals.look(office, self._candidates(), on_read=self._so_far)
        finally:
            self._title()
        self.rows.set_empty(NONE)
        self._show(found.waiting)
        remarks = [f"{backend}: {why}" for backend, why in found.problems]
        if found.left_out:
            remarks.append(f"{found.left_out} incidents that changed longer ago were not looked through")
        if remarks:
            self.vagt.say("; ".join(remarks), Tone.WARN, seconds=10)

    def _so_far(self, waiting: Sequence[Waiting], read: int, of: int) -> None:
        """What has been found, before all timelines are read; what was listed before stays until then."""
        if not self.is_mounted:
            return
        self._title(f"{read} of {of} read")
        known = {one.proposal.id for one in waiting}
        places = {one.seen.incident.key for one in waiting}
        kept = [one for one in self.model.rows if one.proposal.id not in known and one.seen.incident.key not in places]
        if waiting:
            self._show([*kept, *waiting])

    def _show(self, waiting: Sequence[Waiting]) -> None:
        self.model.show(waiting, self.engine.clock.now())
        self.rows.refresh_model()
        self._tell()

    def _title(self, progress: str = "") -> None:
        # none, where somebody has left meanwhile
        for line in self.query("#title").results(Static):
            line.update(" · ".join(filter(None, (TITLE, progress))))

    def _candidates(self) -> list[Incident]:
        """Incidents of which somebody is to be told with approval only."""
        office = office_of(self.vagt)
        asking = [audience for audience in office.audiences if audience.approval]
        board, facts = self.engine.board, self.engine.board.facts()
        shown = (board.get(key) for key in board.incidents) if asking else ()
        return [one for one in shown if one and any(audience.concerns(one, facts) for audience in asking)]

    @on(VirtualList.CursorMoved)
    def _moved(self) -> None:
        self._tell()

    def _current(self) -> Waiting | None:
        return None if self.rows.cursor is None else self.model.find(self.rows.cursor)

    def _tell(self) -> None:
        waiting = self._current()
        reader = self.query_one("#text", Reader)
        if waiting is None:
            self._read_now = None
            reader.set_blocks(())
            return
        # other rows come in while this one is read
        stays = self._read_now == waiting.proposal.id
        self._read_now = waiting.proposal.id
        office = office_of(self.vagt)
        unable = approvals.may_decide(office, waiting)
        audience = office.audience(waiting.proposal.audience)
        reader.set_blocks(page(waiting, audience, unable, self.engine.clock.now()), keep_place=stays)

    def do_refresh(self) -> None:
        """Look through the timelines again."""
        self._look()

    def do_open(self) -> None:
        """The incident that it is about."""
        waiting = self._current()
        if waiting is not None:
            from vagt.ui.screens.catalog import incident  # it imports this screen

            self.app.push_screen(incident(self.engine, self.keymap, waiting.seen.incident.key))

    def do_approve(self) -> None:
        self._decide(self._approve)

    def do_send_back(self) -> None:
        self._decide(self._send_back)

    def _decide(self, deciding: _Deciding) -> None:
        waiting = self._current()
        if waiting is not None:
            self.run_worker(self.vagt.guarded(self._deciding(deciding, waiting)), group="decide", exit_on_error=False)

    async def _deciding(self, deciding: _Deciding, waiting: Waiting) -> None:
        try:
            await deciding(waiting)
        except DecisionError as error:
            self.vagt.say(error.words, Tone.BAD, seconds=15)
        except EngineError as error:
            self.vagt.say(error.words, Tone.BAD, seconds=15)
        await self._read()

    async def _approve(self, waiting: Waiting) -> None:
        office = office_of(self.vagt)
        if unable := approvals.may_decide(office, waiting):
            raise DecisionError(f"not approved: {unable}")
        proposal = waiting.proposal
        question = f"Send this to {proposal.audience}, as it stands? “{proposal.subject}”"
        silent = releasing.is_silent(office, waiting)
        if silent:
            question = f"{releasing.silent_words(proposal)}. Send “{proposal.subject}” all the same?"
        elif proposal.decided_by:
            question = f"Approved by {proposal.decided_by}, and not sent yet. {question}"
        asked = "y" if "y" in self.keymap.keys("approve") else ""
        if not await self.app.push_screen_wait(
            ConfirmScreen(question[:300], waiting.seen.incident.ref, asked_with=asked, title="Approve")
        ):
            return
        doing = "Sending" if proposal.decided_by else "Approving"
        self.vagt.say(f"{doing} the update to {proposal.audience} …", seconds=30)
        deliveries = await releasing.approve(office, waiting, again=silent)
        await self.engine.settled([one.id for one in deliveries if one.id], 10)
        now = await delivery.standing(self.engine, deliveries)
        self.vagt.say(f"Approved; {delivery.summary(now)}", Tone.GOOD, seconds=10)

    async def _send_back(self, waiting: Waiting) -> None:
        proposal = waiting.proposal
        words = await self.app.push_screen_wait(ReturnQuestion(f"update to {proposal.audience}"))
        if words is not None:
            await approvals.send_back(office_of(self.vagt), waiting, words)
            self.vagt.say(f"Sent back to {proposal.by}", Tone.GOOD)


if TYPE_CHECKING:
    from collections.abc import Callable

    _Deciding = Callable[[Waiting], Coroutine[None, None, None]]
