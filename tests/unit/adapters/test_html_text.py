"""Words from HTML that anybody may have written: nothing in it stops the console, or holds it up."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vagt.adapters.html_text import html_to_text, page_title

PIECES = [
    *("<", ">", "</", "<!", "<!--", "-->", "<![", "]]>", "<?", "a", " ", "=", "'", '"', "/"),
    *("title", "script", "style", "body", "&", "&#", "&#x", "9", ";", "\n", "ß", "İ", "\x00", "\ud800"),
]


@pytest.mark.parametrize(
    "markup",
    [
        "<![foo[x]]>",
        "<![ bar",
        "<![if !supportLists]>",
        "<!DOCTYPE [",
        "&#" + "9" * 5000 + ";",
        "&#x" + "f" * 5000 + ";",
    ],
)
def test_markup_that_nobody_should_write_is_no_error(markup: str) -> None:
    assert "the end" in html_to_text(f"<p>{markup}</p><p>the end</p>")


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_it_never_raises(markup: str) -> None:
    assert isinstance(html_to_text(markup), str)
    assert isinstance(page_title(markup.encode("utf-8", "replace")), str)


@pytest.mark.parametrize(
    "piece",
    ["<a ", "<b ", "</", "<!", "<![", "<!--", "<a a='", "<a a=\"'", "<a/", "<?", "='", "<script", "&#", "<title>"],
)
def test_a_mail_of_nothing_but_half_tags_takes_no_time_that_grows_with_its_square(piece: str) -> None:
    started = time.monotonic()
    html_to_text(piece * (400_000 // len(piece)))
    assert time.monotonic() - started < 20  # it was hours


def test_what_a_mail_program_writes_is_read_as_people_see_it() -> None:
    page = (
        "<html><head><title>T</title><style>p { color: red }</style><body>"
        "<p title='a > b'>One <b>two</b> &lt;three&gt;</p><!-- <p>not this --><![endif]--><p>3 < 4<br/>five"
        "<script>if (1 < 2) { alert('<p>no</p>') }</script></p>six"
    )
    assert html_to_text(page) == "One two <three>\n\n3 < 4\nfive\nsix"
    assert html_to_text("<head><title>open<body>seen") == "seen"
