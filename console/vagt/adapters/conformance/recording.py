"""Level "acts", what is written and related: words, links, duplicates, new incidents, majors."""

from __future__ import annotations

from vagt.adapters.conformance.checks import Level, collected, require
from vagt.adapters.conformance.rig import Rig
from vagt.adapters.conformance.tools import AWKWARD, command, filled, long_words, on_one, one, perform
from vagt.adapters.protocol import Account, Session
from vagt.domain.capability import Capability
from vagt.domain.commands import Comment, Create, Escalate, LinkTo, Note, SetMajor, Verb
from vagt.domain.incident import LinkKind


async def notes_stay_inside(rig: Rig) -> None:
    """A note is stored once, word for word, and outsiders cannot read it."""

    async def act(session: Session, account: Account, id: str) -> None:
        await perform(session, account, await one(session, id), Note(text=AWKWARD))
        truth = await rig.truth(id)
        require(truth.internal.count(AWKWARD) == 1, f"the note is there {truth.internal.count(AWKWARD)} times")
        require(AWKWARD not in truth.public, "an internal note can be read by outsiders")
        if Capability.TIMELINE in rig.manifest.capabilities:
            entries = [entry for entry in await session.timeline(id) if entry.text == AWKWARD]
            require(
                [entry.public for entry in entries] == [False], "the timeline does not show it as one internal entry"
            )

    await on_one(rig, Capability.NOTE, "to note", act)


async def long_words_stay_whole(rig: Rig) -> None:
    """Several pages of words keep every line, letter and indentation; the timeline shows them whole."""
    text = long_words()
    change = Note(text=text) if Capability.NOTE in rig.manifest.capabilities else Comment(text=text)
    capability = Capability.NOTE if isinstance(change, Note) else Capability.COMMENT

    async def act(session: Session, account: Account, id: str) -> None:
        await perform(session, account, await one(session, id), change)
        truth = await rig.truth(id)
        kept = (*truth.internal, *truth.public)
        require(kept.count(text) == 1, f"the backend holds {[len(words) for words in kept]} characters of {len(text)}")
        if Capability.TIMELINE in rig.manifest.capabilities:
            shown = [entry.text for entry in await session.timeline(id)]
            require(text in shown, f"the timeline shows {[len(words) for words in shown]} characters of {len(text)}")

    await on_one(rig, capability, "with a long story", act)


async def comments_go_outside(rig: Rig) -> None:
    """A comment is stored once, word for word, where those affected can read it."""

    async def act(session: Session, account: Account, id: str) -> None:
        await perform(session, account, await one(session, id), Comment(text=AWKWARD))
        truth = await rig.truth(id)
        require(truth.public.count(AWKWARD) == 1, f"the comment is there {truth.public.count(AWKWARD)} times")
        if Capability.TIMELINE in rig.manifest.capabilities:
            entries = [entry for entry in await session.timeline(id) if entry.text == AWKWARD]
            require([entry.public for entry in entries] == [True], "the timeline does not show it as one public entry")

    await on_one(rig, Capability.COMMENT, "to comment", act)


async def major_can_be_declared(rig: Rig) -> None:
    """A major incident can be declared and taken back."""

    async def act(session: Session, account: Account, id: str) -> None:
        await perform(session, account, await one(session, id), SetMajor(on=True))
        declared = await one(session, id)
        require(declared.major, "it is not major after declaring it")
        await perform(session, account, declared, SetMajor(on=False))
        require(not (await one(session, id)).major, "it is still major after taking that back")

    await on_one(rig, Capability.MAJOR, "to declare", act)


async def linking_works(rig: Rig) -> None:
    """A link to another incident is there afterwards, from the side that made it."""

    async def act(session: Session, account: Account, id: str) -> None:
        (other,) = await rig.seed(["the other side"])
        target = await one(session, other)
        link = LinkTo(other=other, other_ref=target.ref, kind=rig.link_kind)
        await perform(session, account, await one(session, id), link)
        links = (await one(session, id)).links
        require(any(found.ref == target.ref for found in links), f"no link to {target.ref} in {links}")

    await on_one(rig, Capability.LINK, "to link", act)


async def merging_leaves_the_other(rig: Rig) -> None:
    """Merging a duplicate closes or replaces it, and the other one survives."""

    async def act(session: Session, account: Account, id: str) -> None:
        (other,) = await rig.seed(["the one that survives"])
        target = await one(session, other)
        link = LinkTo(other=other, other_ref=target.ref, kind=LinkKind.DUPLICATE)
        await perform(session, account, await one(session, id), link)
        require((await rig.truth(other)).is_open, "the survivor is not open")
        left = [incident for incident in await session.get([id]) if incident.id == id]
        require(not any(incident.is_open for incident in left), "the duplicate is still open")

    await on_one(rig, Capability.MERGE, "the duplicate", act)


async def registering_works(rig: Rig) -> None:
    """A new incident is registered once, with its title, and its identity comes back."""

    async def act(session: Session, account: Account, id: str) -> None:
        change = await filled(session, rig, Verb.CREATE, None, AWKWARD)
        assert isinstance(change, Create)
        backend = (await one(session, id)).backend
        done = await session.perform(command(None, change, backend=backend, by=account.login), None)
        require(done.incident is not None, "`Done.incident` is None: nobody knows what was registered")
        assert done.incident is not None
        read = await one(session, done.incident.id)
        require(read.title == AWKWARD, f"the title came back as {read.title!r}")

    await on_one(rig, Capability.CREATE, "already there", act)


async def escalating_works(rig: Rig) -> None:
    """Escalating is accepted and its reason can be found in the timeline."""

    async def act(session: Session, account: Account, id: str) -> None:
        await perform(session, account, await one(session, id), Escalate(reason="nobody answers 7f3a"))
        if Capability.TIMELINE in rig.manifest.capabilities:
            texts = [entry.text for entry in await session.timeline(id)]
            require(any("nobody answers 7f3a" in text for text in texts), "the reason is not in the timeline")

    await on_one(rig, Capability.ESCALATE, "to escalate", act)


CHECKS = collected(
    Level.ACTS,
    notes_stay_inside,
    long_words_stay_whole,
    comments_go_outside,
    major_can_be_declared,
    linking_works,
    merging_leaves_the_other,
    registering_works,
    escalating_works,
)
