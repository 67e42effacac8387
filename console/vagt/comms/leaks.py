"""The guard at the door: what is internal is known by its look and by name, and found in a finished text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from vagt.comms.ordinary import WORDS
from vagt.config.settings import Settings
from vagt.domain import marker
from vagt.domain.incident import Incident
from vagt.domain.timeline import EntryKind, TimelineEntry

_WORD = r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?"
_DOTTED = re.compile(rf"(?<![\w@.-])(?:{_WORD}\.)+[a-z][a-z0-9-]*[a-z0-9](?![\w-])", re.IGNORECASE)
_NUMBERED = re.compile(r"(?<![\w.@-])(?=[\w-]*[a-z])(?=[\w-]*\d)[a-z][\w-]{2,}(?![\w-])", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)")
_ADDRESS_6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4}){1,2}(?![\w:])", re.IGNORECASE)
_ADDRESS_6_SHORT = re.compile(
    r"(?<![\w:])(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?(?![\w:])",
    re.IGNORECASE,
)
_SHARE = re.compile(r"(?<![\w:/\\])(?:\\\\(?P<host>[\w.-]+)\\|//(?P<other>[\w-]+)/)[\w$]")
"""A network share, however its slashes lean."""
_SITE = re.compile(r"[a-z0-9+.-]://(?:[^\s/@]*@)?(?P<host>[a-z0-9_-]+)(?=[:/?#\s.,;)\]]|$)(?!\.\w)", re.IGNORECASE)
"""A link to a machine without a domain: nobody outside can follow it."""
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"), "-")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_INTERNAL_ENDS = (".local", ".internal", ".intern", ".intra", ".lan", ".corp", ".localdomain", ".home.arpa")
_INNER_PARTS = frozenset("int internal intern intra corp lan ad mgmt prod dmz oob".split())
_PRODUCTS = frozenset(
    "office365 o365 m365 d365 windows7 windows8 windows10 windows11 win10 win11 ipv4 ipv6 oauth2 http2 http3 "
    "utf8 utf-8 utf16 x64 x86 sha256 sha-256 base64 mp3 mp4 h264 log4j s3 ec2 k8s tls1 5g 4g 3g covid19 covid-19 24x7 "
    "db2 sap4 s4hana 2fa g7 v1 v2 v3 p1 p2 p3 p4 p5 q1 q2 q3 q4".split()
)
_COMMON = frozenset(
    "will mark may rose hope grant bill pat max april june august art faith joy summer dawn ray guy dean frank rich "
    "iris ivy jade pearl ruby violet chase drew skip sue rob jack bo bent freja bjerg holm vind sol dag "
    "user agent operator ops support helpdesk desk test console vagt".split()
)
"""Names that are words as well: such a single name is let through, with its owner's other name it is not."""
_MACHINES = frozenset(
    "system monitor monitoring root admin administrator api bot automation scheduler webhook service services mail "
    "guest nobody ivanti servicenow rt_system internalservices jira pagerduty alertmanager workflow integration".split()
)
"""Authors of entries that are nobody."""
_HOSTLY = re.compile(
    r"\b(?:host|server|node|device|ci|configuration item|machine|vm|instance|maskine)s?\b", re.IGNORECASE
)
_LABELLED = re.compile(
    r"\b(?:host(?:name)?|server|node|device|vm|ci|instance|machine|maskine)s?(?:\s*[:=]\s*[\"“'`]?|\s+[\"“”'`])"
    r"(?P<host>[^\W\d_][\w-]+)(?![\w-]|\.\w)",
    re.IGNORECASE,
)
"""“host: zeus”, “server “zeus””."""
_AT = re.compile(r"(?<![\w.@+-])[\w.-]+@(?P<host>[^\W\d_][\w-]+)(?![\w-]|\.\w)")
"""“root@zeus”."""
_PLACE = re.compile(r"(?<![\w/.-])(?P<host>[^\W\d_][\w-]+):/(?=[\w.])")
"""“zeus:/var/log”."""
_JOINED = re.compile(r"(?<![\w.@/-])(?P<host>[^\W\d_][^\W_]*_\w+)(?![\w-]|\.\w)")
"""“mail_primary”: nothing that people say."""
_NO_HOST = frozenset(
    "down up ok okay unknown none not all any is are was the this that an online offline yes no error errors failed "
    "fejl nede oppe ukendt ingen alle er det den http https ftp file smb nfs here localhost name names list "
    "time".split()
)
_PIECES = re.compile(r"[,;|\n()]")
_RUN = 8
"""So many words in a row of a note make it the note."""
_SHORT = 4


@dataclass(frozen=True, slots=True)
class Leak:
    """One internal thing in a text that is for outside."""

    what: str
    """host, name, address or note."""
    value: str

    @property
    def words(self) -> str:
        quoted = self.value if len(self.value) <= 60 else f"{self.value[:57]}…"
        return {
            "host": f"it names the host “{quoted}”",
            "address": f"it holds the address “{quoted}”",
            "name": f"it names “{quoted}”, who works here",
            "note": f"it repeats an internal note: “{quoted}”",
        }[self.what]


@dataclass(frozen=True, slots=True)
class Internal:
    """All that is known to be internal about one incident."""

    hosts: frozenset[str] = frozenset()
    """Folded."""
    names: tuple[str, ...] = ()
    """Of people: full names, logins, aliases."""
    notes: tuple[tuple[str, ...], ...] = field(default=())
    """The words of each internal note, folded."""


def gather(
    incident: Incident, timeline: Sequence[TimelineEntry], settings: Settings, *, operators: Iterable[str] = ()
) -> Internal:
    """What must not get out about this incident; `operators` are our own names on its backend."""
    notes = [entry for entry in timeline if not entry.public and entry.kind in (EntryKind.NOTE, EntryKind.ESCALATION)]
    raw = [entry.text for entry in notes if not marker.find(entry.text)]
    told = [incident.title, incident.description, incident.resolution or "", incident.waiting_reason or ""]
    told += [f"{label} {value}" for label, value in incident.extra]
    told += [link.title for link in incident.links]
    hosts = {host for text in (*told, *raw) for host in (*_hosts(text), *_called_hosts(text))}
    for label, value in incident.extra:
        if _HOSTLY.search(label):
            pieces = (_even(piece).strip().casefold() for piece in (value, *_PIECES.split(value)))
            hosts |= {piece for piece in pieces if len(piece) > 1 and piece not in _NO_HOST}
    for known in (incident.service, incident.category, incident.number, *(link.ref for link in incident.links)):
        # what those affected call the service, and numbers that they are given, are theirs already
        hosts -= {known.casefold(), *_hosts(known), known.rpartition(":")[2].casefold()} if known else set()
    people = [incident.assignee, incident.assignee_name, incident.updated_by, incident.caller, *incident.also_assigned]
    people += [name for one in settings.people for name in (one.name, one.full_name, *one.aliases)]
    people += [entry.by for entry in timeline if not entry.public and entry.by.casefold() not in _MACHINES]
    # what registers or resolves by itself signs with the name of a service
    things = {thing.casefold() for thing in (incident.service, incident.category, incident.team) if thing}
    names = dict.fromkeys(
        _even(name.strip())
        for name in (*people, *operators)
        if name and name.strip() and name.strip().casefold() not in things
    )
    return Internal(frozenset(hosts), tuple(names), tuple(words for text in raw if (words := _folded(text))))


def find(text: str, internal: Internal) -> tuple[Leak, ...]:
    """Every internal thing in the text, each once."""
    text = _even(text)
    found: dict[tuple[str, str], Leak] = {}
    for leak in (*_found_hosts(text, internal), *_found_names(text, internal), *_found_notes(text, internal)):
        found.setdefault((leak.what, leak.value.casefold()), leak)
    whole = {word for what, value in found if what == "name" and " " in value for word in value.split()}
    return tuple(leak for (what, value), leak in found.items() if what != "name" or value not in whole)


def _even(text: str) -> str:
    """The text as it is compared: one way to write each letter, and one dash."""
    return unicodedata.normalize("NFKC", text).translate(_DASHES)


def _hosts(text: str) -> set[str]:
    """What looks like the name of a machine."""
    text = _even(text)
    dotted = {match.group().casefold() for match in _DOTTED.finditer(text)}
    numbered = {match.group().casefold() for match in _NUMBERED.finditer(text)} - _PRODUCTS
    # www.shop.example is where those affected go; db-07.int.shop.example is not
    hosts = {name for name in dotted if name.count(".") >= 2 and not name.startswith("www.")}
    return hosts | {name.partition(".")[0] for name in hosts if _NUMBERED.fullmatch(name.partition(".")[0])} | numbered


def _called_hosts(text: str) -> set[str]:
    """Plain words that the text itself uses as the name of a machine."""
    text = _even(text)
    matches = (match for pattern in (_LABELLED, _AT, _PLACE, _JOINED) for match in pattern.finditer(text))
    found = {match["host"].casefold() for match in matches}
    found |= {(match["host"] or match["other"]).casefold() for match in _SHARE.finditer(text)}
    found |= {match["host"].casefold() for match in _SITE.finditer(text)}
    return found - _NO_HOST - WORDS - _COMMON


def _found_hosts(text: str, internal: Internal) -> Iterable[Leak]:
    for pattern in (_ADDRESS, _ADDRESS_6, _ADDRESS_6_SHORT):
        for match in pattern.finditer(text):
            if any(char.isalnum() for char in match.group()):
                yield Leak("address", match.group())
    for match in (*_SHARE.finditer(text), *_SITE.finditer(text)):
        yield Leak("host", match["host"] or match["other"])
    for match in _DOTTED.finditer(text):
        if _inner(match.group().casefold()):
            yield Leak("host", match.group())
    folded = text.casefold()
    for host in internal.hosts:
        if host in folded and re.search(rf"(?<![\w-]){re.escape(host)}(?![\w-])", folded):
            yield Leak("host", host)


def _inner(name: str) -> bool:
    """Whether a dotted name is a machine's inside by its look alone, although nothing here tells of it."""
    first, *rest = name.split(".")
    if name.endswith(_INTERNAL_ENDS) or _INNER_PARTS.intersection(rest):
        return True
    return len(rest) >= 2 and _NUMBERED.fullmatch(first) is not None and not re.fullmatch(r"www\d*", first)


def _found_names(text: str, internal: Internal) -> Iterable[Leak]:
    folded = text.casefold()
    mailboxes = {mailbox for name in internal.names for mailbox in _mailboxes(name.casefold())}
    for match in _MAIL.finditer(folded):
        if match.group() in mailboxes or match.group().partition("@")[0] in mailboxes:
            yield Leak("name", match.group())
    for name in internal.names:
        parts = name.split()
        if len(parts) > 1:
            if _whole(parts, folded):
                yield Leak("name", name)
            for part in (parts[0], parts[-1]):
                if len(part) >= 3 and part.casefold() not in _COMMON and _stands(part, text):
                    yield Leak("name", part)
        elif len(name) >= 3 and name.casefold() not in _COMMON:
            spelled = name.split(".") if "." in name and "@" not in name else ()
            if _stands(name, text) or (all(map(str.isalpha, spelled)) and _whole(spelled, folded)):
                yield Leak("name", name)


def _whole(parts: Sequence[str], folded: str) -> bool:
    """Whether a name of several parts stands there, however it is broken over lines."""
    if len(parts) < 2 or not all(part.casefold() in folded for part in parts):
        return False
    whole = r"\s+".join(re.escape(part.casefold()) for part in parts)
    return re.search(rf"(?<!\w){whole}(?!\w)", folded) is not None


def _mailboxes(name: str) -> Iterable[str]:
    """How the mailbox of somebody called so (a full name, or a login) may be called."""
    yield name
    parts = name.replace(".", " ").split()
    if len(parts) > 1 and "@" not in name:
        first, last = parts[0], parts[-1]
        for between in (".", "-", "_", ""):
            yield from (f"{first}{between}{last}", f"{last}{between}{first}", f"{first[0]}{between}{last}")


def _stands(word: str, text: str) -> bool:
    """Whether a name stands there by itself, in whatever letters; with an s, too.

    One that is a word as well counts as it is written, with a capital, or in capitals.
    """
    if word.casefold() not in text.casefold():
        # hundreds of people at each keystroke: most are ruled out without a pattern
        return False
    # “Kirstens” is what Danish makes of what is Kirsten's
    owned = "(?:[sS](?![\\w-]))?" if len(word) > 3 else ""
    if len(word) > 3 and word.casefold() not in WORDS:
        forms, flags = re.escape(word) + owned, re.IGNORECASE
    else:
        capital = "|".join(re.escape(form) for form in (word.capitalize(), word[:1].upper() + word[1:], word.upper()))
        forms, flags = f"(?:{re.escape(word)}|(?:{capital}){owned})", re.NOFLAG
    return re.search(rf"(?<![\w.-])(?:{forms})(?![\w-]|\.\w)", text, flags) is not None


def _found_notes(text: str, internal: Internal) -> Iterable[Leak]:
    words = _folded(text)
    if not words:
        return
    runs = {words[start : start + _RUN] for start in range(len(words) - _RUN + 1)}
    whole = " " + " ".join(words) + " "
    for note in internal.notes:
        if len(note) < _RUN:
            if len(note) >= _SHORT and f" {' '.join(note)} " in whole:
                yield Leak("note", " ".join(note))
            continue
        hit = next((run for start in range(len(note) - _RUN + 1) if (run := note[start : start + _RUN]) in runs), None)
        if hit is not None:
            yield Leak("note", " ".join(hit))


def _folded(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", _even(text).casefold()))
