"""What a site may do differently, each a switch that is off by default."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Quirks:
    """Set in Python, or by hand with POST /_double/quirks."""

    # --- signing in
    names_account: bool = True
    """Answers name the account that was really used (X-AAccountId, X-AUSERNAME)."""
    says_login_failed: bool = True
    """Answers to an anonymous caller with a bad credential say so (X-Seraph-LoginReason)."""
    agent: bool = True
    """Our account has an agent's seat."""
    shy: bool = False
    """Nothing is told to strangers, not even serverInfo: 401."""
    dc_major: int = 11
    """The release line of a Data Center; from 11 on Basic is off."""
    dead_pat: str = "401"
    """How Data Center meets a bad token: 401, html (a login page with 200) or 302."""
    captcha_after: int = 3
    """Bad passwords after which Data Center wants a CAPTCHA; 0: never."""
    missing_scopes: set[str] = field(default_factory=set)
    """jira, ops-alert or ops-config: what the token does not open is 401 “scope does not match”."""
    # --- search
    lag: float = 0.0
    """Seconds after which a save is visible to search."""
    vanish: set[str] = field(default_factory=set)
    """Issue ids that the next answer of a search leaves out, once."""
    short_pages: int = 0
    """The most rows that a page of search/jql has, whatever is asked; a short page is not the last."""
    search_cap: int = 1000
    """The same for Data Center, which then tells the real maxResults."""
    no_epoch: bool = False
    """Epoch milliseconds in JQL are refused: 400."""
    utc_profile: bool = False
    """The account's zone is UTC instead of Europe/Berlin."""
    strict_reconcile: bool = False
    """An id among reconcileIssues that does not exist is 400."""
    no_count: bool = False
    """approximate-count is 404."""
    new_issue_404: float = 0.0
    """So many seconds a new issue cannot be read by its key."""
    foreign_words: bool = False
    """Error texts and field names come in another language."""
    # --- writing
    read_only_account: bool = False
    """Every write is 403."""
    priority_follows: bool = True
    """An automation sets the priority when impact or urgency are written."""
    priority_overwritten: bool = False
    """It does so at every save: a priority written by itself is set back."""
    keeps_resolution: bool = True
    """Reopening keeps the resolution."""
    no_resolution_screen: bool = False
    """The resolve transition has no screen: a resolution in it is refused, and none is set."""
    resolution_not_editable: bool = False
    """PUT of a resolution is 400: it is on no screen."""
    root_cause: bool = False
    """A validator of the resolve transition wants a field that is not flagged as required."""
    ignores_assignee: bool = False
    """A rule gives each save's assignee back."""
    unassigned_forbidden: bool = False
    conflict_409: int = 0
    """So many writes are 409 first."""
    one_start: bool = False
    """Only one transition leads to work in progress."""
    renamed_statuses: bool = False
    """The statuses have names of the site's own."""
    # --- comments
    property_ignored: bool = False
    """sd.public.comment in a platform comment is ignored: the comment is public."""
    no_jsd_public: bool = False
    """Comments do not say whether they are public (Data Center, some releases)."""
    expands_properties: bool = False
    """expand=properties works on lists of comments."""
    # --- fields
    no_team_field: bool = False
    no_major_field: bool = False
    major_is_select: bool = False
    sla_delay: float = 0.0
    """Seconds until clocks attach to a new issue."""
    breach_time_while_paused: bool = False
    no_createmeta: bool = False
    # --- Operations
    no_ops: bool = False
    """The plan has no Operations: 404."""
    ops_blind: bool = False
    """Without rights on the teams: empty lists."""
    ops_delay: float = 0.05
    """Seconds until a request is carried out."""
    ops_plan_refuses: set[str] = field(default_factory=set)
    """Actions that are accepted and fail later: Escalate, AddResponder …"""
    nobody_on_call: bool = False
    # --- transport
    retry_after: int = 0
    """429 with Retry-After."""
    burst_reset: int = 0
    """429 with X-RateLimit-Reset in so many seconds and no Retry-After."""
    maintenance: bool = False
    """503 with a web page."""
    dc_rate_headers: bool = False
    """Data Center tells its bucket with every answer, “retry-after: 0” among it."""
    experimental_412: bool = False
    """The service API wants X-ExperimentalApi."""

    def set(self, given: dict[str, Any]) -> None:
        """From JSON. Raises AttributeError for an unknown name."""
        for name, value in given.items():
            held = getattr(self, name)
            setattr(self, name, set(value) if isinstance(held, set) else value)
