"""Asks for a path: one line, completed by Tab as in a shell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from vagt.ui.screens.files.paths import completed, path_of
from vagt.ui.screens.triage.asking import Refusal
from vagt.ui.screens.triage.question import Question
from vagt.ui.typed import vagt_of
from vagt_widgets.safe_text import safe_text

T = TypeVar("T")
_SHOWN = 12


class Refused(Exception):
    """The path does not serve; its words are for the operator, who may type another."""


class PathInput(Input):
    """One line for a path. Tab completes it; `on_candidates` is told what it can be."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", "Complete", show=False)]

    def __init__(self, value: str, placeholder: str, on_candidates: Callable[[Sequence[str]], None]) -> None:
        super().__init__(value, placeholder=placeholder, select_on_focus=False)
        self._on_candidates = on_candidates

    async def action_complete(self) -> None:
        """As far as it is certain; then show what there is."""
        before = self.value
        # a folder can be on a disk that is far away
        found = await asyncio.to_thread(completed, before)
        if self.value == before:
            self.value = found.text
            self.cursor_position = len(found.text)
            self._on_candidates(found.candidates)


class PathQuestion(Question[T]):
    """Returns what `take` makes of the path; where that raises Refused, the words stand below the line."""

    AUTO_FOCUS = "PathInput"

    def __init__(
        self,
        title: str,
        *,
        lead: str,
        enter: str,
        value: str = "",
        take: Callable[[Path], Awaitable[T]],
        refusals: Sequence[Refusal] = (),
        keep: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`enter`: what the key does, for the hint. `keep` is told what is typed."""
        super().__init__(title, hint=f"tab completes · enter {enter} · esc back", refusals=refusals)
        self._lead = lead
        self._value = value
        self._take = take
        self._keep = keep
        self._busy = False

    def parts(self) -> ComposeResult:
        yield Static(safe_text(self._lead), classes="lead", markup=False)
        yield PathInput(self._value, "path of the file", self._show)
        candidates = Static("", id="candidates", markup=False)
        candidates.display = False
        yield candidates

    def _show(self, candidates: Sequence[str]) -> None:
        shown = [safe_text(name) for name in candidates[:_SHOWN]]
        if len(candidates) > _SHOWN:
            shown.append(f"and {len(candidates) - _SHOWN} more")
        place = self.query_one("#candidates", Static)
        place.update(Content("  ".join(shown)))
        place.display = bool(shown)

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        self._keep(message.value)
        self.tell("")

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        if not self._busy:
            self._busy = True
            self.run_worker(vagt_of(self).guarded(self._try(message.value)), exit_on_error=False)

    async def _try(self, typed: str) -> None:
        try:
            path = await asyncio.to_thread(path_of, typed)
            self.dismiss(await self._take(path))
        except (ValueError, Refused) as error:
            self.tell(f"{error}", bad=True)
        finally:
            self._busy = False
