"""What differs between releases and tenants, each as a switch; the defaults are what was measured most often."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Quirks:
    """Everything that a test or a person may want otherwise."""

    base_paths: tuple[str, ...] = ("/api",)
    """Where the interface answers; elsewhere comes 404 with a web page."""
    empty: str = "204"
    """How a collection says nothing: 204, `blank` (200 without a body) or `list` (200 with an empty list)."""
    empty_relation: str = "words"
    """How a relationship says nothing: `words`, 204, `blank` or `list`."""
    counts: bool = True
    """Collections tell `@odata.count`."""
    most_rows: int = 100
    page_rows: int = 25
    metadata: bool = True
    """False: `$metadata` is refused with 404 ISM_4004."""
    v2: bool = False
    """The newer interface with brackets in filters is there."""
    offset_hours: float = 0.0
    """Moments are told in this zone instead of UTC."""
    sentinel: bool = False
    """Unset moments are year 1 instead of null."""
    gated: frozenset[str] = frozenset()
    """Statuses that need a prompt and are refused over the interface."""
    note_parent: str = "Incident"
    """The only accepted spelling of a note's ParentLink_Category; empty: both."""
    note_moves_incident: bool = False
    """A note moves LastModDateTime of its incident."""
    keeps_created_by: bool = True
    """`CreatedBy` of a POST is kept; else it is replaced by the account."""
    refuses_created_by: bool = False
    """`CreatedBy` of a POST is refused."""
    clears_with_null: bool = True
    """null empties a field; else only an empty text does, and null is accepted without effect."""
    deaf: set[str] = field(default_factory=set)
    """Fields whose writes are accepted and change nothing."""
    valid_needed: set[str] = field(default_factory=set)
    """Fields that change only when their `_Valid` companion is sent too."""
    priority_writable: bool = True
    """A direct write of Priority is kept until impact or urgency change; else it is calculated again at once."""
    owner_within_team: bool = True
    """Only members of OwnerTeam may be Owner."""
    customer_required: bool = True
    fills_resolver: bool = True
    """ResolvedBy becomes the account's login; else it must be sent with Resolved."""
    workflow: bool = True
    """After a save the tenant's workflows stamp LastModBy with InternalServices."""
    clocks_late: bool = False
    """A new incident has no SLA clocks yet when it is first read."""
    saved_search_filters: bool = True
    """A saved search takes `$filter`; else that is refused."""
    emails: bool = True
    """E-mail of an incident can be read."""
    audit: bool = False
    """The audit trail can be read over the interface."""
    attachment_spelling: bool = True
    """Uploads understand ObjectID and ObjectType; else the file is stored without its parent."""
    hidden_sets: set[str] = field(default_factory=set)
    """Sets that the role does not know."""
    bare_upload_list: bool = False
    """A refused upload answers with the bare list instead of the envelope."""
    odd_actions: bool = True
    """Two more quick actions: one that works in the browser only, one that asks first."""
    jwt: bool = False
    """Signing in gives a JWT instead of a session id."""
    forbid_writes: bool = False
    """The role may change nothing."""
    revoked: set[str] = field(default_factory=set)
    """Keys, session ids and tokens that are no longer accepted."""
    throttle: float = 0.0
    """Every request is answered 429 with this Retry-After."""
    busy: float = 0.0
    """Every request is answered 503 with this Retry-After."""
    broken: bool = False
    """Every request is answered 500."""
    web_page: bool = False
    """Every request is answered 200 with the sign-in page."""
