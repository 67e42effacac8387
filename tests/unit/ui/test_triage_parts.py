"""The pure parts of the triage forms: drafts, moments, merged fields, common moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from vagt.adapters.protocol import Transition
from vagt.domain.commands import Hold, MoveTo, Resolve, Verb
from vagt.domain.fields import Choice, FieldKind, FieldSpec
from vagt.domain.incident import Incident, Key, LinkKind, State
from vagt.domain.priority import PriorityMatrix
from vagt.ui.screens.triage.drafts import LIMIT, Drafts
from vagt.ui.screens.triage.inputs import sent
from vagt.ui.screens.triage.link import ways_to
from vagt.ui.screens.triage.merging import merged
from vagt.ui.screens.triage.moves import common_moves
from vagt.ui.screens.triage.others import Other
from vagt.ui.screens.triage.priority import judged, pairs
from vagt.ui.screens.triage.resolve import resolved
from vagt.ui.screens.triage.state import change_of, leads_words
from vagt.ui.screens.triage.wanted import Wanted, alike, representatives
from vagt.ui.screens.triage.when import read_moment

NIGHT = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
ONE, TWO = Key("desk", "1"), Key("desk", "2")


def incident(backend: str = "desk", id: str = "1", native: str = "New", **more: object) -> Incident:
    return Incident(
        backend=backend,
        id=id,
        number=id,
        title=f"t{id}",
        state=State.NEW,
        native_state=native,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("30m", NIGHT + timedelta(minutes=30)),
        ("+4h", NIGHT + timedelta(hours=4)),
        ("1h30m", NIGHT + timedelta(minutes=90)),
        ("8", datetime(2026, 11, 24, 7, 0, tzinfo=UTC)),
        ("08:00", datetime(2026, 11, 24, 7, 0, tzinfo=UTC)),
        ("3.15", datetime(2026, 11, 25, 2, 15, tzinfo=UTC)),
        ("2026-12-24T08:00", datetime(2026, 12, 24, 7, 0, tzinfo=UTC)),
    ],
)
def test_moments_are_read_as_typed_at_three_in_the_morning(typed: str, meant: datetime) -> None:
    assert read_moment(typed, NIGHT, COPENHAGEN) == meant


@pytest.mark.parametrize("typed", ["", "soon", "25:00", "2026-11-23T08:00", "99"])
def test_what_is_no_moment_ahead_is_refused_with_words(typed: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_moment(typed, NIGHT, COPENHAGEN)


def test_moments_travel_in_utc() -> None:
    until = FieldSpec("until", "Until", FieldKind.TIME)
    assert sent([until], {"until": "30m", "reason": "30m"}, NIGHT) == {"until": "2026-11-24T02:45:00Z", "reason": "30m"}


def test_a_draft_belongs_to_one_action_on_exactly_these_incidents() -> None:
    drafts = Drafts()
    drafts.keep("note", [ONE, TWO], {"text": "half a thought"})
    assert drafts.get("note", [TWO, ONE]) == {"text": "half a thought"}
    assert drafts.get("note", [ONE]) == {}
    assert drafts.get("comment", [ONE, TWO]) == {}
    drafts.drop("note", [ONE, TWO])
    assert drafts.get("note", [ONE, TWO]) == {}


def test_a_draft_that_says_nothing_is_forgotten_and_the_oldest_go() -> None:
    drafts = Drafts()
    drafts.keep("note", [ONE], {"text": "x"})
    drafts.keep("note", [ONE], {"text": " \n"})
    assert drafts.get("note", [ONE]) == {}
    for number in range(LIMIT + 1):
        drafts.keep("note", [Key("desk", str(number))], {"text": "x"})
    assert drafts.get("note", [Key("desk", "0")]) == {}
    assert drafts.get("note", [Key("desk", str(LIMIT))]) == {"text": "x"}


def test_a_field_that_two_backends_share_is_asked_once_under_the_stricter_rule() -> None:
    form = merged(
        {
            "a": [FieldSpec("text", "Text", FieldKind.LONG_TEXT, max_length=500)],
            "b": [FieldSpec("text", "Text", FieldKind.LONG_TEXT, required=True, max_length=200)],
        }
    )
    (spec,) = form.specs
    assert (spec.name, spec.required, spec.max_length) == ("text", True, 200)
    assert form.answers_for("a", {"text": "hi"}) == form.answers_for("b", {"text": "hi"}) == {"text": "hi"}


def test_choices_that_differ_are_asked_for_each_backend() -> None:
    form = merged(
        {
            "a": [FieldSpec("code", "Code", FieldKind.CHOICE, choices=(Choice("1", "fixed"),))],
            "b": [FieldSpec("code", "Code", FieldKind.CHOICE, choices=(Choice("x", "fixed"),))],
        }
    )
    assert [spec.label for spec in form.specs] == ["Code (a)", "Code (b)"]
    answers = {"a/code": "1", "b/code": "x"}
    assert form.answers_for("a", answers) == {"code": "1"}
    assert form.answers_for("b", answers) == {"code": "x"}


def test_a_backend_is_asked_once_for_incidents_that_are_alike() -> None:
    many = [incident(id=str(n)) for n in range(200)] + [incident(id="m", major=True), incident("rt", "1", "open")]
    assert [one.id for one in representatives(many)] == ["0", "m", "1"]


def test_an_incident_that_lacks_something_is_asked_about_by_itself_and_others_keep_what_they_have() -> None:
    whole = incident(id="1", category="mail", assignee="bo")
    bare = incident(id="2", category=None, assignee=None)
    assert [one.id for one in representatives([whole, bare, bare])] == ["1", "2"]
    text, category = FieldSpec("text", "How"), FieldSpec("category", "Category")
    asked = Wanted(
        {"a": (text, category)},
        names={alike(whole): frozenset({"text"}), alike(bare): frozenset({"text", "category"})},
    )
    answers = {whole.backend: {"text": "x", "category": "net"}}
    assert asked.answers_for(whole, answers) == {"text": "x"}
    assert asked.answers_for(bare, answers) == {"text": "x", "category": "net"}
    assert Wanted({}).answers_for(whole, answers) == answers[whole.backend]


REASON = FieldSpec("reason", "Reason")
HOLD_A = Transition("h", "Hold", State.WAITING, "On hold", (REASON,), Verb.HOLD)
HOLD_B = Transition("stall", "Stall", State.WAITING, "stalled", (), Verb.HOLD)
OBSERVE = Transition("o", "Observe", State.ACTIVE, "Observing", (FieldSpec("why", "Why"), FieldSpec("empty", "Empty")))
A, B = alike(incident()), alike(incident("rt", native="open"))


def test_bulk_offers_only_the_moves_that_all_can_make() -> None:
    moves = common_moves({A: [OBSERVE, HOLD_A], B: [HOLD_B]})
    assert [move.label for move in moves] == ["Hold"]
    assert moves[0].wanted.fields == {"desk": (REASON,), "rt": ()}
    assert moves[0].leads_to == "On hold, stalled"


def test_holds_stand_first_and_keep_their_common_meaning() -> None:
    hold, observe = common_moves({A: [OBSERVE, HOLD_A]})
    assert change_of(hold, incident(), {"reason": "vendor"}) == Hold(reason="vendor")
    assert change_of(observe, incident(), {"why": "x", "empty": ""}) == MoveTo(
        "o", "Observe", State.ACTIVE, "Observing", (("why", "x"),)
    )


def test_two_ways_to_resolve_keep_their_own_transitions() -> None:
    fixed = Transition("f", "Fix", State.RESOLVED, "Fixed", (), Verb.RESOLVE)
    wont = Transition("w", "Won't fix", State.RESOLVED, "Won't fix", (), Verb.RESOLVE)
    moves = common_moves({A: [fixed, wont]})
    made = [change_of(move, incident(), {}) for move in moves]
    assert [change.transition for change in made if isinstance(change, MoveTo)] == ["f", "w"]


def test_an_action_that_leads_nowhere_known_says_so_for_several_states_too() -> None:
    stays = {kind: Transition("x", "Ask vendor", State.ACTIVE, kind[1]) for kind in (A, B)}
    (move,) = common_moves({kind: [way] for kind, way in stays.items()})
    assert leads_words(move, {A[1], B[1]}) == "an action of the backend"
    assert leads_words(move, {A[1]}) == f"→ {A[1]}, {B[1]}"


def test_an_incident_of_another_kind_does_not_move() -> None:
    (move,) = common_moves({A: [HOLD_A]})
    assert change_of(move, incident("rt", native="open"), {}) is None


def test_a_resolution_without_words_keeps_its_code_and_fields() -> None:
    assert resolved({"code": "x", "site": "A"}) == Resolve("", "x", (("site", "A"),))
    assert resolved({"text": "ok", "code": ""}) == Resolve("ok")


def test_the_matrix_starts_where_the_incident_stands() -> None:
    matrix = PriorityMatrix()
    assert judged(incident(impact=1, urgency=3), matrix) == (0, 2)
    assert matrix.priority(*(cell + 1 for cell in judged(incident(priority=5), matrix))) == 5


def test_a_priority_tells_which_judgements_give_it() -> None:
    assert pairs(PriorityMatrix(), 2) == "impact × urgency: high × medium, medium × high"


OTHER = Other("desk", "9", "desk:9", "The first one")


def test_a_duplicate_says_which_one_survives() -> None:
    ways = ways_to((incident(),), OTHER, merges=True, links=True)
    assert ways[-1].detail == "1 goes into 9, which survives, for good"


def test_enter_alone_never_merges() -> None:
    ways = ways_to((incident(),), OTHER, merges=True, links=True)
    assert [way.kind for way in ways] == [LinkKind.RELATED, LinkKind.PARENT, LinkKind.CHILD, LinkKind.DUPLICATE]


def test_only_the_links_that_the_backend_knows_are_offered() -> None:
    kinds = frozenset({LinkKind.PARENT, LinkKind.CHILD, LinkKind.PROBLEM})
    ways = ways_to((incident(),), OTHER, merges=False, links=True, kinds=kinds)
    assert [way.kind for way in ways] == [LinkKind.PARENT, LinkKind.CHILD]


def test_a_problem_can_only_be_linked_as_a_problem() -> None:
    problem = Other("desk", "PRB1", "PRB1", "Disks", LinkKind.PROBLEM)
    assert [way.kind for way in ways_to((incident(),), problem, merges=True, links=True)] == [LinkKind.PROBLEM]
