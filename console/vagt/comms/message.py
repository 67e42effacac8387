"""One audience's message: its text in every form, what is wrong with it, and how it fits its channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vagt.channels import Limits
from vagt.comms import leaks, markup, rendering, sizes
from vagt.comms.audiences import Audience
from vagt.comms.contents import Situation, values_for
from vagt.comms.drafts import Edited
from vagt.comms.leaks import Internal, Leak
from vagt.comms.library import Library
from vagt.comms.markup import Form
from vagt.comms.rendering import FillingError
from vagt.comms.sizes import Size
from vagt.comms.template import Template, TemplateError


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one audience gets, or why it cannot get it."""

    audience: Audience
    language: str
    """In which it is written: that of the audience, where there is such a template."""
    subject: str = ""
    text: str = ""
    """Plain text."""
    html: str = ""
    markdown: str = ""
    problem: str = ""
    """Why it cannot be sent, in words; empty where it can."""
    missing: str = ""
    """The field whose lack is the problem."""
    leaks: tuple[Leak, ...] = ()
    edited: bool = False
    """Somebody wrote it over by hand."""
    sizes: tuple[Size, ...] = ()
    remarks: tuple[str, ...] = ()
    """What a person should know although it can be sent."""

    def form(self, form: Form) -> str:
        return {Form.PLAIN: self.text, Form.MARKDOWN: self.markdown, Form.HTML: self.html}[form]


def compose(
    situation: Situation,
    audience: Audience,
    name: str,
    library: Library,
    internal: Internal,
    *,
    edited: Edited | None = None,
    limits: Mapping[str, Limits] | None = None,
) -> Message:
    """The message that the template called `name` makes for an audience; nothing is raised, problems are in it."""
    template = library.find(name, audience.side, audience.language)
    if template is None:
        return Message(
            audience=audience,
            language=audience.language,
            problem=f"there is no template “{name}” for {audience.side.value} audiences",
        )
    remarks = []
    if template.language != audience.language:
        remarks.append(f"there is no “{name}” in {audience.language}; it is written in {template.language}")
    if edited is not None:
        made = _by_hand(audience, template, edited)
    else:
        made = _by_template(situation, audience, template, library)
    if isinstance(made, Message):
        return made
    subject, text, html, markdown = made
    found = leaks.find(f"{subject}\n{text}", internal) if audience.outside else ()
    measured = sizes.measure(audience.channels, subject, text, limits or {})
    problem = ""
    if found:
        problem = f"not for outside: {'; '.join(leak.words for leak in found)}"
    elif over := next((size for size in measured if size.over), None):
        problem = over.words
    return Message(
        audience=audience,
        language=template.language,
        subject=subject,
        text=text,
        html=html,
        markdown=markdown,
        problem=problem,
        leaks=found,
        edited=edited is not None,
        sizes=measured,
        remarks=tuple(remarks),
    )


def _by_template(
    situation: Situation, audience: Audience, template: Template, library: Library
) -> tuple[str, str, str, str] | Message:
    values = values_for(situation, audience, template, library.words_for(template.language))
    try:
        # what is needed is asked for even where the text has a way around it
        for name in template.asks:
            if name == "next_update" and situation.every is None:
                # at this priority there is word on change only
                continue
            if name in template.needs and isinstance(values[name], rendering.Absent):
                raise FillingError(f"“{name}” is missing", name=name)
        filled = rendering.fill(template, values)
        return filled.subject, filled.text(Form.PLAIN), filled.text(Form.HTML), filled.text(Form.MARKDOWN)
    except FillingError as error:
        return Message(
            audience=audience,
            language=template.language,
            problem=error.words,
            missing="" if error.withheld else error.name,
        )
    except TemplateError as error:
        return Message(audience=audience, language=template.language, problem=str(error))


def _by_hand(audience: Audience, template: Template, edited: Edited) -> tuple[str, str, str, str] | Message:
    """The words as they were typed: nothing in them is markup, and no `{{ }}` means anything."""
    subject, text = markup.clean(edited.subject, lines=False), markup.clean(edited.text)
    if not text or not subject:
        words = "the text is empty" if not text else "the subject is empty"
        return Message(audience=audience, language=template.language, problem=words, edited=True)
    return subject, text, html_of(text), markup.markdown(markup.as_data(text))


def html_of(text: str) -> str:
    """Plain text as HTML: its paragraphs, and nothing in it that acts."""
    blocks = [block for block in text.split("\n\n") if block.strip()]
    return "\n".join(markup.as_html(markup.as_data(block)) for block in blocks)
