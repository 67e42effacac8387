"""What an instance may do differently, each a switch that is off by default."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Quirks:
    """Set in Python, or by hand with POST /_double/quirks."""

    hide_journal: bool = False
    """sys_journal_field answers 200 with nothing."""
    hide_audit: bool = True
    """sys_audit is for administrators: 403."""
    hide_sla: bool = False
    hide_roles: bool = False
    hide_choices: bool = False
    hide_matrix: bool = True
    """dl_u_priority is for administrators: 403."""
    hidden_fields: set[str] = field(default_factory=set)
    """Fields of incident that reads leave out."""
    hidden_rows: set[str] = field(default_factory=set)
    """Rows taken out after the limit."""
    ignore_fields: set[str] = field(default_factory=set)
    """Writes of these are ignored with 200."""
    forbidden_rows: set[str] = field(default_factory=set)
    """Writing these is 403, an ACL."""
    read_only_account: bool = False
    """Every write is 403, an ACL."""
    business_rule: str = ""
    """A rule of this name refuses every update: 403."""
    reset_assignee: bool = False
    """A rule sets the assignee back when he is no member of the group: 200."""
    rate_limit: int = 0
    """Requests an hour; 0: no rule."""
    overloaded: bool = False
    """429 without any hint for how long."""
    retry_after: int = 0
    """429 with Retry-After."""
    quota_500: bool = False
    """Reads are cancelled by the quota: 500."""
    quota_500_after_commit: bool = False
    """Writes are carried out and then cancelled: 500."""
    quota_200_over: int = 0
    """Lists with a larger limit break off in the middle with the quota's error: 200, not JSON."""
    error_in_200: bool = False
    """The error object beside a part of the result: 200, valid JSON."""
    hibernating_html: bool = False
    sso_html: bool = False
    sso_redirect: bool = False
    html_502: bool = False
    late_commit: float = 0.0
    """Seconds after its stamp that a save becomes visible."""
    read_lag: float = 0.0
    """Reads answer the state of so many seconds ago."""
    async_rule: bool = False
    """A rule saves each incident once more right after the save, as `system`."""
    strict_query: bool = False
    """glide.invalid_query.returns_no_rows: an unknown field returns nothing."""
    unknown_field: str = "drop"
    """drop or 403."""
    query_acl: dict[str, str] = field(default_factory=dict)
    """Fields that may not be queried → 403, drop or empty."""
    user_date_format: str = ""
    """Java pattern of displayed dates where it differs from the account's."""
    old_close_codes: bool = False
    oncall_off: bool = False
    mim_off: bool = False
    keep_priority: bool = False
    """A priority written alone stays; else the matrix overwrites it."""
    other_matrix: bool = False
    """Impact 3 and urgency 3 give 4."""
    count_no_op: bool = False
    """A write that changes nothing counts all the same."""
    hold_needs_reason: bool = False
    """A data policy asks for the reason of a hold."""
    caller_needs_comment: bool = False
    """A data policy asks for a comment when the caller is waited for."""
    refuse_double_sys_id: bool = True
    """A second POST with a sys_id is refused by the primary key."""
    ignore_sys_id: bool = False
    """A sys_id in a POST is ignored."""
    basic_gate: bool = False
    """Basic is refused for accounts that can log in interactively."""
    same_token: bool = True
    """Asking again before expiry returns the same token."""
    oauth_flaky: int = 0
    """Every n-th request for a token is 401 server_error."""
    header_only_client: bool = False
    """Client id and secret are taken from a Basic header only."""
    flaky_401: int = 0
    """Every n-th request is 401 although the credential is right."""
    session_sticky: bool = False
    """A session cookie masks a wrong credential."""
    http_202: int = 0
    """Every n-th request is answered 202 and not carried out."""
    no_count: bool = False
    """X-Total-Count is withheld."""
    api_key_apis: tuple[str, ...] = ("table",)
    """What an API key opens: table, stats, batch, attachment, on_call_rota."""
    attachment_endings: tuple[str, ...] = (".txt", ".log", ".png", ".pdf", ".csv", ".zip")
    """Endings of files that the instance takes; empty: all."""
    attachment_most: int = 1 << 30
    """Bytes of a file that it takes."""
    foreign_links: bool = True
    """Links and Location name the instance's own host, not the request's."""
    sla_delay: float = 0.0
    """Seconds until SLAs attach to a new incident."""
    extra_state: bool = False
    """The site has a state 10, “Awaiting Parts”, and an older 4, “Awaiting Problem”."""

    def set(self, given: dict[str, Any]) -> None:
        """From JSON. Raises AttributeError for an unknown name."""
        for name, value in given.items():
            held = getattr(self, name)
            setattr(
                self, name, set(value) if isinstance(held, set) else tuple(value) if isinstance(held, tuple) else value
            )
