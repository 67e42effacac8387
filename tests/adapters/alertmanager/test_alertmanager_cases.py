"""What is one incident: known by its labels, and silenced without its neighbours."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.alertmanager.makers import alert, case, silence
from vagt.adapters.alertmanager.cases import cases_of, exact_matchers, is_exact, number_of
from vagt.adapters.alertmanager.matchers import Matcher, equals
from vagt.adapters.alertmanager.wire import Alert, Group, id_of


def group(receiver: str, *alerts: Alert, **labels: str) -> Group:
    return Group(labels, receiver, alerts)


def test_two_receivers_of_the_same_group_are_one_incident() -> None:
    one, two = alert(instance="1"), alert(instance="2")
    (found,) = cases_of([group("pager", one, alertname="A"), group("mail", one, two, alertname="A")]).values()
    assert [a.fingerprint for a in found.alerts] == sorted([one.fingerprint, two.fingerprint])
    assert found.receivers == ("mail", "pager")


def test_a_group_without_labels_is_as_many_incidents_as_alerts() -> None:
    found = cases_of([group("pager", alert(instance="1"), alert(instance="2"))])
    assert len(found) == 2
    assert {one.labels["instance"] for one in found.values()} == {"1", "2"}


def test_an_alert_that_is_in_a_group_as_well_is_not_shown_alone() -> None:
    one, lonely = alert(instance="1"), alert(instance="2")
    found = cases_of([group("log", one, lonely), group("pager", one, alertname="A")])
    assert sorted(len(each.labels) for each in found.values()) == [1, 2]
    assert sum(len(each.alerts) for each in found.values()) == 2


def test_by_alert_each_is_one_however_they_are_grouped() -> None:
    one, two = alert(instance="1"), alert(instance="2")
    found = cases_of([group("a", one, two, alertname="A"), group("b", one, alertname="A")], by_alert=True)
    assert {each.id for each in found.values()} == {id_of(one.labels), id_of(two.labels)}


def test_an_emptied_group_is_no_incident() -> None:
    assert cases_of([group("pager", alertname="A")]) == {}


def test_a_silence_keeps_off_narrower_neighbours() -> None:
    plain = case(alert(instance="1"), alertname="A")
    clustered = case(alert(cluster="c1"), alertname="A", cluster="c1")
    other = case(alert("B", zone="z"), alertname="B", zone="z")
    assert exact_matchers(plain, [plain, clustered, other]) == (equals("alertname", "A"), equals("cluster", ""))
    assert exact_matchers(clustered, [plain, clustered]) == (equals("alertname", "A"), equals("cluster", "c1"))


def test_a_silence_covers_all_of_its_own_alerts_even_so() -> None:
    mine = case(alert(cluster="c1"), alertname="A")
    assert exact_matchers(mine, [mine, case(alert(cluster="c1"), alertname="A", cluster="c1")]) == (
        equals("alertname", "A"),
    )


def test_our_own_silences_are_known_again() -> None:
    labels = {"alertname": "A"}
    assert is_exact(silence(alertname="A"), labels)
    assert is_exact(silence(alertname="A", cluster=""), labels)
    assert not is_exact(silence(alertname="A", cluster="c1"), labels)
    assert not is_exact(silence(cluster=""), labels)
    wide = silence(alertname="A")
    assert not is_exact(replace(wide, matchers=(Matcher("alertname", "A", is_regex=True),)), labels)


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1), min_size=1))
def test_a_number_is_short_and_always_the_same(labels: dict[str, str]) -> None:
    id = id_of(labels)
    assert id_of(dict(reversed(labels.items()))) == id
    number = number_of(id)
    assert len(number) == 8 and number.isalnum() and number == number.lower()
    assert not set(number) & set("ilou")
