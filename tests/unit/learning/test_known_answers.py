"""The suggestions on troubles whose right answers are known: right where they speak, silent where they would not be."""

from __future__ import annotations

import pytest

from tests.bench.data import incidents
from tests.bench.known import reports
from tests.bench.learning import duplicate_scores, scores
from vagt.domain.past import Past
from vagt.learning.judged import Judged
from vagt.learning.measure import Score, thresholds_from

OFTEN = frozenset({Judged.URGENCY, Judged.SERVICE, Judged.CATEGORY})


@pytest.fixture(scope="module")
def found() -> dict[Judged, Score]:
    return {score.field: score for score in scores(2000)}


@pytest.mark.parametrize("field", sorted(OFTEN))
def test_what_follows_the_words_is_nearly_always_said_and_right(found: dict[Judged, Score], field: Judged) -> None:
    assert found[field].precision is not None
    assert found[field].precision >= 0.9
    assert found[field].coverage >= 0.9


def test_what_follows_them_sometimes_is_said_where_it_is_sure(found: dict[Judged, Score]) -> None:
    impact = found[Judged.IMPACT]
    assert impact.precision is not None
    assert impact.precision >= 0.85
    assert 0.2 <= impact.coverage <= 0.7


def test_the_team_that_dice_choose_is_not_suggested(found: dict[Judged, Score]) -> None:
    assert found[Judged.TEAM].spoke == 0


def test_where_nothing_follows_the_words_nothing_is_ever_suggested() -> None:
    noise = [Past.of(one) for one in incidents(3000)]
    assert set(thresholds_from(noise).values()) == {None}


def test_likely_duplicates_find_the_same_trouble_among_many_like_it() -> None:
    right, helped = duplicate_scores(reports(120))
    assert right >= 0.65
    assert helped >= 0.95
