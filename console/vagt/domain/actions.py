"""The table of actions: footer, help, palette, key config, docs and command line all come from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vagt.domain.capability import Capability
from vagt.domain.commands import Verb


class Danger(StrEnum):
    """What stands between the key and the deed."""

    NONE = "none"
    """Nothing leaves the console."""
    UNDO = "undo"
    """It leaves after the undo window."""
    FORM = "form"
    """A form is filled in first, and the undo window follows."""
    CONFIRM = "confirm"
    """Asked in the middle of the screen, "no" by default."""


class Scope(StrEnum):
    """Where an action's keys mean something."""

    INCIDENT = "incident"
    """On the incident under the cursor, or on all marked ones."""
    QUEUE = "queue"
    APP = "app"
    OUTBOX = "outbox"
    APPROVALS = "approvals"
    """Updates that wait for approval, on the one under the cursor."""
    TRIAGE = "triage"
    """Triage mode, on the incident that it shows."""
    HANDOVER = "handover"
    """The hand-over, on the incident that it shows."""


class Group(StrEnum):
    """Headings of the help."""

    TRIAGE = "Triage"
    WORDS = "Words"
    MOVE = "Move"
    SELECT = "Select"
    LOOK = "Look"
    CONSOLE = "Console"
    OUTBOX = "Outbox"
    APPROVALS = "Approvals"
    TRIAGE_MODE = "Triage mode"
    HANDOVER = "Hand-over"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing an operator can do."""

    name: str
    """Its name in `[keys]` of the config."""
    keys: tuple[str, ...]
    """Textual's key names."""
    label: str
    """For the footer: one or two words."""
    help: str
    """For help and palette: what happens, in a sentence."""
    group: Group
    scope: Scope
    danger: Danger = Danger.NONE
    verb: Verb | None = None
    capabilities: tuple[Capability, ...] = ()
    """Any one of these suffices; empty: needs nothing of the backend."""
    bulk: bool = False
    """Works on all marked incidents at once."""
    footer: bool = False
    """Worth a place in the footer where there is room."""


ACTIONS: tuple[Action, ...] = (
    Action("acknowledge", ("a",), "Ack", "Acknowledge: say that somebody works on it. It becomes yours where nobody has it.",
           Group.TRIAGE, Scope.INCIDENT, Danger.UNDO, Verb.ACKNOWLEDGE, (Capability.ACKNOWLEDGE,), bulk=True, footer=True),
    Action("take", ("t",), "Take", "Make it yours, from whoever has it.",
           Group.TRIAGE, Scope.INCIDENT, Danger.UNDO, Verb.TAKE, (Capability.TAKE,), bulk=True, footer=True),
    Action("assign", ("A",), "Assign", "Assign it to a team or a person.",
           Group.TRIAGE, Scope.INCIDENT, Danger.FORM, Verb.ASSIGN,
           (Capability.ASSIGN_PERSON, Capability.ASSIGN_TEAM), bulk=True, footer=True),
    Action("priority", ("p",), "Priority", "Set impact and urgency, from which the priority follows, or the priority itself.",
           Group.TRIAGE, Scope.INCIDENT, Danger.FORM, Verb.PRIORITY,
           (Capability.SET_PRIORITY, Capability.SET_IMPACT_URGENCY), bulk=True, footer=True),
    Action("state", ("s",), "State", "Put it on hold with a reason and an end, or move it to another of the backend's states.",
           Group.TRIAGE, Scope.INCIDENT, Danger.FORM, Verb.TRANSITION,
           (Capability.HOLD, Capability.TRANSITION, Capability.REOPEN, Capability.CLOSE), bulk=True, footer=True),
    Action("snooze", ("z",), "Snooze", "Hide it for a while; it comes back by itself.",
           Group.TRIAGE, Scope.INCIDENT, Danger.FORM, Verb.SNOOZE, (), bulk=True),
    Action("escalate", ("e",), "Escalate", "Bring in the next who must know: see its path, and who is reached on it now.",
           Group.TRIAGE, Scope.INCIDENT, Danger.FORM, Verb.ESCALATE, (), bulk=False, footer=True),
    Action("resolve", ("R",), "Resolve", "Resolve it: say how service was restored, and what else the backend asks for.",
           Group.TRIAGE, Scope.INCIDENT, Danger.FORM, Verb.RESOLVE, (Capability.RESOLVE,), bulk=True, footer=True),
    Action("reopen", ("U",), "Reopen", "Open it again: it is not over after all.",
           Group.TRIAGE, Scope.INCIDENT, Danger.UNDO, Verb.REOPEN, (Capability.REOPEN,), bulk=True),
    Action("close", ("C",), "Close", "Close it for good: nothing more is to come.",
           Group.TRIAGE, Scope.INCIDENT, Danger.CONFIRM, Verb.CLOSE, (Capability.CLOSE,), bulk=True),
    Action("link", ("m",), "Link", "Link it to another incident, a problem or a change, or merge a duplicate.",
           Group.TRIAGE, Scope.INCIDENT, Danger.FORM, Verb.LINK, (Capability.LINK, Capability.MERGE), bulk=True),
    Action("major", ("M",), "Major", "Declare a major incident, or take that back.",
           Group.TRIAGE, Scope.INCIDENT, Danger.CONFIRM, Verb.MAJOR, (Capability.MAJOR,)),
    Action("register", ("N",), "New", "Register a new incident.",
           Group.TRIAGE, Scope.APP, Danger.FORM, Verb.CREATE, (Capability.CREATE,), footer=True),
    Action("triage_mode", ("T",), "Triage mode",
           "Triage one after the other of those that nobody has, worst first, with what similar incidents suggest.",
           Group.TRIAGE, Scope.APP),
    Action("hold_step", ("h",), "Hold step", "Hold the escalation step that is announced, on every console, for 15 minutes; "
           "or put away the reminder that is shown.", Group.TRIAGE, Scope.APP),
    Action("undo", ("u",), "Undo", "Undo your last action, while it has not been sent.",
           Group.TRIAGE, Scope.APP, footer=True),
    Action("repeat", (".",), "Repeat", "Do the last action again, here.",
           Group.TRIAGE, Scope.INCIDENT, Danger.UNDO, bulk=True),
    Action("note", ("n",), "Note", "Write an internal note; only those who work on it can read it.",
           Group.WORDS, Scope.INCIDENT, Danger.FORM, Verb.NOTE, (Capability.NOTE,), bulk=True, footer=True),
    Action("update", ("c",), "Update", "Tell those affected where it stands and when the next word comes, "
           "each audience in its words; without audiences in the config, a public comment.",
           Group.WORDS, Scope.INCIDENT, Danger.FORM, footer=True),
    Action("due_update", ("D",), "Due update", "Write the stakeholder update that is due next, whichever incident it is about; "
           "a reminder says when one is.", Group.WORDS, Scope.APP),
    Action("comment", ("W",), "Comment", "Write a public comment; those affected can read it, and are often mailed at once.",
           Group.WORDS, Scope.INCIDENT, Danger.FORM, Verb.COMMENT, (Capability.COMMENT,), bulk=True),
    Action("approvals", ("V",), "Approvals", "Stakeholder updates that wait for a second pair of eyes.", Group.WORDS, Scope.APP),
    Action("files", ("f",), "Files", "Its files: save one here, or attach one of yours.",
           Group.WORDS, Scope.INCIDENT, capabilities=(Capability.ATTACH,)),
    Action("attach", ("F",), "Attach", "Attach a file of yours, by its path.",
           Group.WORDS, Scope.INCIDENT, Danger.FORM, Verb.ATTACH, (Capability.ATTACH,), bulk=True),
    Action("down", ("j", "down"), "Down", "One row down.", Group.MOVE, Scope.QUEUE),
    Action("up", ("k", "up"), "Up", "One row up.", Group.MOVE, Scope.QUEUE),
    Action("top", ("g", "home"), "Top", "The first row.", Group.MOVE, Scope.QUEUE),
    Action("bottom", ("G", "end"), "Bottom", "The last row.", Group.MOVE, Scope.QUEUE),
    Action("half_down", ("ctrl+d", "pagedown"), "Half down", "Half a screen down.", Group.MOVE, Scope.QUEUE),
    Action("half_up", ("ctrl+u", "pageup"), "Half up", "Half a screen up.", Group.MOVE, Scope.QUEUE),
    Action("open", ("enter",), "Open", "Everything known about the incident.", Group.LOOK, Scope.QUEUE, footer=True),
    Action("next_pane", ("tab",), "Next pane", "Move between queue and incident.", Group.LOOK, Scope.APP),
    Action("mark", ("space",), "Mark", "Mark or unmark this incident.", Group.SELECT, Scope.QUEUE),
    Action("mark_all", ("asterisk",), "Mark all", "Mark all that the filter shows; again: unmark them.",
           Group.SELECT, Scope.QUEUE),
    Action("filter", ("slash",), "Filter", "Filter: show only what fits words or a query.", Group.LOOK, Scope.QUEUE, footer=True),
    Action("sort", ("S",), "Sort", "Sort by the next of priority, next to breach, last change, age, number.", Group.LOOK, Scope.QUEUE),
    Action("group", ("B",), "Group", "Group by service, team or priority, or not at all.", Group.LOOK, Scope.QUEUE),
    Action("back", ("escape",), "Back", "Close what is on top; clear marks, then the filter.", Group.LOOK, Scope.APP),
    Action("refresh", ("r",), "Refresh", "Refresh: ask every backend for news now.", Group.LOOK, Scope.APP),
    Action("view_1", ("1",), "View 1", "The first view.", Group.LOOK, Scope.QUEUE),
    Action("view_2", ("2",), "View 2", "The second view.", Group.LOOK, Scope.QUEUE),
    Action("view_3", ("3",), "View 3", "The third view.", Group.LOOK, Scope.QUEUE),
    Action("view_4", ("4",), "View 4", "The fourth view.", Group.LOOK, Scope.QUEUE),
    Action("view_5", ("5",), "View 5", "The fifth view.", Group.LOOK, Scope.QUEUE),
    Action("view_6", ("6",), "View 6", "The sixth view.", Group.LOOK, Scope.QUEUE),
    Action("view_7", ("7",), "View 7", "The seventh view.", Group.LOOK, Scope.QUEUE),
    Action("view_8", ("8",), "View 8", "The eighth view.", Group.LOOK, Scope.QUEUE),
    Action("view_9", ("9",), "View 9", "The ninth view.", Group.LOOK, Scope.QUEUE),
    Action("copy_ref", ("y",), "Copy ref", "Copy the reference.", Group.LOOK, Scope.INCIDENT),
    Action("copy_url", ("Y",), "Copy address", "Copy the web address.", Group.LOOK, Scope.INCIDENT),
    Action("browse", ("o",), "Browser", "Open it in the browser, or show the address where there is none.",
           Group.LOOK, Scope.INCIDENT),
    Action("outbox", ("O",), "Outbox", "The outbox: your actions that no backend has confirmed yet.", Group.CONSOLE, Scope.APP, footer=True),
    Action("backends", ("b",), "Backends", "How each backend stands: how old its data is, what is wrong, when it is asked again.",
           Group.CONSOLE, Scope.QUEUE),
    Action("oncall", ("w",), "On call", "Who is on call now, until when, and who comes then.", Group.CONSOLE, Scope.APP),
    Action("handover", ("H",), "Hand-over", "What the next shift needs to know, to walk through and accept item by item.",
           Group.CONSOLE, Scope.APP),
    Action("palette", ("ctrl+p", "colon"), "Commands", "Find any action by name.", Group.CONSOLE, Scope.APP),
    Action("help", ("question_mark",), "Help", "The keys of the screen you are on.", Group.CONSOLE, Scope.APP, footer=True),
    Action("quit", ("q",), "Quit", "Quit; what has not been sent stays in the outbox until Vagt runs again.", Group.CONSOLE, Scope.APP),
    Action("outbox_retry", ("r",), "Retry", "Try this action again now.", Group.OUTBOX, Scope.OUTBOX, footer=True),
    Action("outbox_discard", ("d",), "Discard", "Give this action up; it will not be sent.",
           Group.OUTBOX, Scope.OUTBOX, Danger.CONFIRM, footer=True),
    Action("approve", ("a",), "Approve", "Send the text exactly as it stands, with your name to it.",
           Group.APPROVALS, Scope.APPROVALS, Danger.CONFIRM, footer=True),
    Action("send_back", ("b",), "Send back", "Return it to its author with a comment; it is not sent.",
           Group.APPROVALS, Scope.APPROVALS, Danger.FORM, footer=True),
    Action("handover_accept", ("enter",), "Accept", "I have this one from now on; the next.",
           Group.HANDOVER, Scope.HANDOVER, footer=True),
    Action("handover_skip", ("space",), "Next", "Leave it for now; the next.", Group.HANDOVER, Scope.HANDOVER, footer=True),
    Action("handover_before", ("backspace",), "Before", "Back to the one before.", Group.HANDOVER, Scope.HANDOVER,
           footer=True),
    Action("handover_look", ("i",), "Look", "Everything known about it, with its timeline.",
           Group.HANDOVER, Scope.HANDOVER, footer=True),
    Action("triage_accept", ("enter",), "Accept", "Set what is suggested or corrected, as one action, and go on.",
           Group.TRIAGE_MODE, Scope.TRIAGE, Danger.UNDO, footer=True),
    Action("triage_skip", ("space",), "Skip", "Leave it as it is, and go on.", Group.TRIAGE_MODE, Scope.TRIAGE, footer=True),
    Action("triage_before", ("backspace",), "Before", "Back to the one before.", Group.TRIAGE_MODE, Scope.TRIAGE),
    Action("triage_same", ("d",), "Same as", "Link it to a likely duplicate, or merge it into that.",
           Group.TRIAGE_MODE, Scope.TRIAGE, Danger.FORM, footer=True),
    Action("triage_impact", ("1",), "Impact", "Another impact (or priority) than suggested; enter sends it with the rest.",
           Group.TRIAGE_MODE, Scope.TRIAGE),
    Action("triage_urgency", ("2",), "Urgency", "Another urgency than suggested; enter sends it with the rest.",
           Group.TRIAGE_MODE, Scope.TRIAGE),
    Action("triage_team", ("3",), "Team", "Another team than suggested; enter sends it with the rest.",
           Group.TRIAGE_MODE, Scope.TRIAGE),
    Action("triage_look", ("i",), "Look", "Everything known about it, with its timeline.", Group.TRIAGE_MODE, Scope.TRIAGE),
)  # fmt: skip

BY_NAME: dict[str, Action] = {action.name: action for action in ACTIONS}
