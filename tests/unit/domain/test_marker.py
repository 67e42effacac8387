"""What one console writes into a note, every other one reads back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vagt.domain.marker import Marker, find, line, without

names = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
kinds = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
# half a surrogate pair is no text that a backend could keep
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
markers = st.builds(Marker, kinds, st.lists(st.tuples(names, values), max_size=4).map(tuple))


@given(markers, st.text(max_size=20), st.text(max_size=20))
def test_it_comes_back_from_the_middle_of_any_text(marker: Marker, before: str, after: str) -> None:
    assert marker in find(f"{before} {line(marker)} {after}")


@given(markers, st.sampled_from(["\n", "\r\n", "  ", "\n    ", "\t"]))
def test_wrapping_does_not_hurt_it(marker: Marker, gap: str) -> None:
    assert find(line(marker).replace(" ", gap)) == (marker,)


@given(markers)
def test_it_is_plain_ascii_without_anything_that_html_would_change(marker: Marker) -> None:
    text = line(marker)
    assert text.isascii()
    assert not set("<>&\"'\n") & set(text)


def test_what_was_typed_or_mangled_is_no_marker() -> None:
    whole = line(Marker("claim", (("step", "2"),)))
    assert find("[vagt claim step=2 #00000000]") == ()
    assert find(whole.replace("step=2", "step=3")) == ()
    assert find(whole[:-3]) == ()


def test_people_read_the_note_without_it() -> None:
    whole = line(Marker("claim", (("path", "p1 night"),)))
    assert without(f"Escalated to the database team.\n\n{whole}\n") == "Escalated to the database team."
    assert without("[vagt claim step=2 #00000000] stays") == "[vagt claim step=2 #00000000] stays"


@pytest.mark.parametrize("marker", [Marker("two words"), Marker("claim", (("Name", "x"),)), Marker("")])
def test_a_name_that_could_not_be_read_back_is_refused(marker: Marker) -> None:
    with pytest.raises(ValueError, match="marker"):
        line(marker)
