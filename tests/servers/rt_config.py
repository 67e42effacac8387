"""The configuration of a private Request Tracker: everything in its own folder, nothing mailed, odd time zone."""

from __future__ import annotations

from pathlib import Path

_TEMPLATE = r"""
Set($rtname, 'rt.test');
Set($Organization, 'rt.test');
Set($CorrespondAddress, 'rt@rt.test');
Set($CommentAddress, 'rt-comment@rt.test');
Set($WebDomain, '127.0.0.1');
Set($WebPort, @PORT@);
Set($WebPath, '');
Set($WebBaseURL, 'http://127.0.0.1:@PORT@');
Set($Timezone, '@ZONE@');
Set($BcryptCost, 4);
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '@STATE@/rt.sqlite');
Set($DatabaseUser, '');
Set($DatabasePassword, '');
Set($LogToSyslog, undef);
Set($LogToFile, undef);
Set($LogToSTDERR, 'error');
Set($MailCommand, 'testfile');
Set($WebSecureCookies, 0);
$RT::VarPath = '@STATE@';
$RT::MasonDataDir = '@STATE@/mason';
$RT::MasonSessionDir = '@STATE@/sessions';
Set(%ServiceAgreements, (
    Default => 'gold',
    Levels  => { gold => { Resolve => { RealMinutes => 60 } }, silver => { Resolve => { RealMinutes => 240 } } },
));
Set(%Lifecycles,
    incident => {
        initial  => ['new'],
        active   => ['open', 'pending'],
        inactive => ['resolved', 'closed', 'cancelled', 'deleted'],
        defaults => { on_create => 'new' },
        transitions => {
            ''        => ['new', 'open'],
            new       => ['open', 'cancelled', 'deleted'],
            open      => ['pending', 'resolved', 'cancelled', 'deleted'],
            pending   => ['open', 'resolved', 'deleted'],
            resolved  => ['open', 'closed', 'deleted'],
            closed    => ['open'],
            cancelled => ['open'],
            deleted   => ['open'],
        },
        rights => { '* -> deleted' => 'DeleteTicket', '* -> *' => 'ModifyTicket' },
        actions => [
            'new -> open'         => { label => 'Acknowledge', update => '' },
            'open -> pending'     => { label => 'Wait',        update => 'Comment' },
            'pending -> open'     => { label => 'Resume',      update => '' },
            'open -> resolved'    => { label => 'Resolve',     update => 'Respond' },
            'resolved -> open'    => { label => 'Reopen',      update => 'Respond' },
            'resolved -> closed'  => { label => 'Close',       update => 'Comment' },
        ],
    },
    odd => {
        initial  => ['spotted'],
        active   => ['fixing', 'parked'],
        inactive => ['over', 'void'],
        defaults => { on_create => 'spotted' },
        transitions => {
            ''      => ['spotted'],
            spotted => ['fixing', 'void'],
            fixing  => ['parked', 'over', 'void'],
            parked  => ['fixing'],
            over    => ['fixing'],
            void    => ['fixing'],
        },
        actions => [
            'spotted -> fixing' => { label => 'Start' },
            'fixing -> parked'  => { label => 'Park', update => 'Comment' },
            'fixing -> over'    => { label => 'Finish', update => 'Comment' },
            'over -> fixing'    => { label => 'Again' },
        ],
    },
);
1;
"""


def write_config(state: Path, port: int, zone: str) -> Path:
    """The configuration for an instance whose folder is `state`, listening on `port` of loopback."""
    text = _TEMPLATE.replace("@STATE@", str(state)).replace("@PORT@", str(port)).replace("@ZONE@", zone)
    path = state / "site_config.pm"
    path.write_text(text)
    for folder in ("none", "mason", "sessions"):
        (state / folder).mkdir(exist_ok=True)
    return path


def template() -> str:
    """The template itself: a changed one needs a database of its own."""
    return _TEMPLATE
