"""In which forms the messages can be read, and which channels take which."""

from __future__ import annotations

from vagt.comms.audiences import Audience
from vagt.comms.markup import Form
from vagt.comms.office import Office

ORDER = (Form.PLAIN, Form.HTML, Form.MARKDOWN)
_NAMES = {Form.PLAIN: "plain text", Form.HTML: "HTML", Form.MARKDOWN: "Markdown"}


def next_form(form: Form) -> Form:
    """The one that the key shows next."""
    return ORDER[(ORDER.index(form) + 1) % len(ORDER)]


def form_words(form: Form, audience: Audience, office: Office) -> str:
    """Above a message that is not shown as plain text, which every channel gets: who gets it so."""
    if form is Form.PLAIN:
        return ""
    if form is Form.HTML and (takes := html_channels(audience, office)):
        return f"As {_NAMES[form]}, which goes along to {', '.join(takes)}"
    return f"As {_NAMES[form]}, to copy from: every channel of this audience gets plain text"


def html_channels(audience: Audience, office: Office) -> tuple[str, ...]:
    """Those that are handed HTML beside the plain text: mail, and webhooks whose payload asks for it."""
    known = {one.name: one for one in office.settings.channels}
    return tuple(
        name
        for name in audience.channels
        if (channel := known.get(name)) is not None
        and (channel.url.startswith(("mailto:", "mailtos:")) or "{html}" in str(channel.payload))
    )
