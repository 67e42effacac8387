"""Templates: what ships, what a user's own may do, and how a broken one is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.comms.desk import MAIL_DOWN
from tests.unit.engine.fakes import START
from vagt.comms import library, rendering, template
from vagt.comms.audiences import audiences_of
from vagt.comms.contents import Situation
from vagt.comms.leaks import Internal
from vagt.comms.message import Message, compose
from vagt.comms.rendering import FillingError
from vagt.comms.template import Side, TemplateError
from vagt.config.response import AudienceSettings
from vagt.config.settings import Settings

HEAD = '+++\ntitle = "T"\nsubject = "S"\n'


def own(folder: Path, name: str, text: str) -> library.Library:
    """The library with one file of the user's own."""
    place = folder / "templates"
    place.mkdir(exist_ok=True)
    (place / name).write_text(text, encoding="utf-8")
    return library.load(folder / "config.toml")


def written(known: library.Library, name: str, language: str = "en", *, public: bool = True, **answers: str) -> Message:
    """What an audience gets."""
    settings = Settings(audiences=(AudienceSettings(name="a", query="", public=public, language=language),))
    situation = Situation(incident=MAIL_DOWN, answers=answers, now=START, every=1200.0)
    return compose(situation, audiences_of(settings)[0], name, known, Internal())


def test_each_shipped_template_is_there_in_both_languages() -> None:
    known = library.load(None)
    assert known.problems == () and known.languages == ("da", "en")
    for name, side, language in known.templates:
        other = {"da": "en", "en": "da"}[language]
        twin = known.templates[(name, side, other)]
        one = known.templates[(name, side, language)]
        assert (one.asks, one.needs) == (twin.asks, twin.needs), (name, side)
    assert known.words["da"].table.keys() == known.words["en"].table.keys()


def test_a_further_language_is_its_files_and_a_missing_one_reads_english(tmp_path: Path) -> None:
    own(tmp_path, "words.de.toml", 'time = "{time} Uhr"\nstate_active = "in Arbeit"\n')
    known = own(tmp_path, "resolved.outside.de.j2", HEAD + "+++\nGelöst um {{ resolved }}, {{ service }}.\n")
    assert "de" in known.languages
    said = written(known, "resolved", "de", resolved=START.isoformat())
    assert (said.text, said.language) == (f"Gelöst um {START.astimezone():%H:%M} Uhr, Mail.", "de")
    other = written(known, "still-working", "de", impact_text="x", next_update="2026-11-24T20:00:00Z")
    assert other.language == "en" and other.remarks == ("there is no “still-working” in de; it is written in en",)
    regional = written(known, "resolved", "de-AT", resolved=START.isoformat())
    assert regional.text == said.text and regional.language == "de"


def test_a_field_of_ones_own_is_typed_asked_for_and_told_only_where_it_may_be(tmp_path: Path) -> None:
    front = (
        HEAD + 'asks = ["orders", "secret_plan"]\nneeds = ["orders"]\n'
        '[fields.orders]\nkind = "number"\npublic = true\n[fields.secret_plan]\ndefault = "none"\n+++\n'
    )
    with pytest.raises(TemplateError, match="“secret_plan” is internal"):
        template.parse(front + "x", Path("shop.outside.en.j2"), shipped=False)
    inside = own(tmp_path, "shop.inside.en.j2", front + "{{ orders }} wait, plan {{ secret_plan }}\n")
    assert written(inside, "shop", public=False, orders="7").text == "7 wait, plan none"
    assert written(inside, "shop", public=False).missing == "orders"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no front", "must begin with a TOML part"),
        ("+++\ntitle = \n+++\nx", "the TOML part cannot be read"),
        (HEAD + 'colour = "red"\n+++\nx', "unknown key “colour”"),
        (HEAD + 'asks = ["impct_text"]\n+++\nx', "did you mean “impact_text”"),
        (HEAD + 'needs = ["impact_text"]\n+++\nx', "is needed but not in `asks`"),
        (HEAD + 'asks = ["cause"]\n+++\nx', "“cause” is internal"),
        (HEAD + 'asks = ["now"]\n+++\nx', "cannot be asked for"),
        (HEAD + "+++\n", "has no text"),
        ('+++\ntitle = "T"\n+++\nx', "needs a `subject`"),
        (HEAD + '[fields.x]\nkind = "colour"\n+++\nx', "kind must be one of"),
        (HEAD + '[fields.impact_text]\nkind = "text"\n+++\nx', "every template has that field"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_by_its_name(tmp_path: Path, text: str, told: str) -> None:
    known = own(tmp_path, "shop.outside.en.j2", text)
    (problem,) = known.problems
    assert told in problem and "shop.outside.en.j2" in problem
    assert len(known.templates) == 36, "the others stay"


@pytest.mark.parametrize(
    "body",
    [
        "{{ title.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ title.format.__globals__ }}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{{ title * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{% for x in range(1000000000) %}x{% endfor %}",
        "{{ cycler }}",
        "{{ self._TemplateReference__context }}",
        "{{ title | map('x') | list }}",
        "{% if %}",
        "{{ 1 / 0 }}",
        "{{ '%0900000000d' % 1 }}",
        "{{ '%0900000000d' | format(1) }}",
        "{{ '{:>900000000}'.format(1) }}",
        "{{ title.ljust(900000000) }}",
        "{{ title | center(900000000) }}",
        "{{ title | replace('', title) | replace('', title) | replace('', title) | replace('', title) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% else %}x{% endif %}{% endmacro %}{{ m(60) }}",
        f"{{{{ {'(' * 3000}1{')' * 3000} }}}}",
        "".join("{% for x in title %}" for _ in range(9)) + "x" + "{% endfor %}" * 9,
        "{{ title.upper }}",
        "{{ title | map('upper') }}",
        "{{ none }}",
        "{{ [workaround] }}",
    ],
)
def test_a_template_cannot_leave_its_values_and_its_faults_are_words(tmp_path: Path, body: str) -> None:
    known = own(tmp_path, "shop.inside.en.j2", f"{HEAD}+++\n{body}\n")
    said = written(known, "shop", public=False)
    assert said.problem and said.text == ""


@pytest.mark.parametrize("body", ["{{ workaround }}", "a {{ scope or '' }} b", "{{ ' ' }}", "{{ links }}"])
def test_no_text_goes_out_with_an_empty_space(tmp_path: Path, body: str) -> None:
    known = own(tmp_path, "shop.outside.en.j2", f"{HEAD}+++\n{body}\n")
    said = written(known, "shop")
    assert said.problem and said.text == ""


def test_what_is_missing_is_false_in_a_condition_and_a_macro_works(tmp_path: Path) -> None:
    body = "{% macro line(x) %}<{{ x }}>{% endmacro %}{% if not workaround %}{{ line(service) }}{% endif %}"
    known = own(tmp_path, "shop.outside.en.j2", f"{HEAD}+++\n{body}\n")
    said = written(known, "shop")
    assert said.text == "<Mail>" and said.html == "<p>&lt;Mail&gt;</p>"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("{{ service | upper }}, {{ service.lower() }}", "MAIL, mail"),
        ("{{ [service, number] | join(' and ') }}", "Mail and 11"),
        ("{{ service | replace('Mail', 'Post') }}", "Post"),
        ("{% for one in [service] %}- {{ one }}{% endfor %}", "- Mail"),
        ("{{ 7 % 4 }} {{ 2 * 3 }}", "3 6"),
    ],
)
def test_what_a_template_needs_of_jinja_works(tmp_path: Path, body: str, told: str) -> None:
    known = own(tmp_path, "shop.outside.en.j2", f"{HEAD}+++\n{body}\n")
    said = written(known, "shop")
    assert (said.problem, said.text) == ("", told)


def test_a_name_that_is_withheld_is_told_as_that() -> None:
    one = replace(library.load(None).templates[("resolved", Side.OUTSIDE, "en")], body="{{ assignee }}")
    values = {"service": "Mail", "assignee": rendering.withheld("assignee")}
    with pytest.raises(FillingError, match="may not see"):
        rendering.fill(one, values)
