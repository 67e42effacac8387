# Works inside a private Request Tracker for tests: seeds it once, then does on request what no REST call can.
#
#   perl -I<RT's lib> rt_helper.pl seed            users, group, custom fields, tokens; prints one JSON object
#   perl -I<RT's lib> rt_helper.pl serve           one JSON request a line in, one JSON answer a line out
use strict;
use warnings;
use JSON;
use RT;
RT::LoadConfig();
RT::Init();
require RT::AuthToken;
require RT::Queue;
require RT::Ticket;

my $root = RT->SystemUser;
my $json = JSON->new->utf8->canonical;
$| = 1;

my @full = qw(SeeQueue ShowTicket ShowTicketComments ShowOutgoingEmail CreateTicket ReplyToTicket CommentOnTicket
    ModifyTicket OwnTicket TakeTicket StealTicket ReassignTicket DeleteTicket SeeCustomField ModifyCustomField
    SetInitialCustomField);
my %some = (
    mia    => [qw(SeeQueue ShowTicket ShowTicketComments SeeCustomField CommentOnTicket OwnTicket ModifyTicket)],
    junior => [qw(SeeQueue ShowTicket SeeCustomField CommentOnTicket OwnTicket TakeTicket)],
    reader => [qw(SeeQueue ShowTicket SeeCustomField)],
);
my @people = (    # login, name, privileged, language, time zone
    ['anna',   'Anna Holm',      1, 'en', ''],
    ['bo',     'Bo Berg',        1, '',   ''],
    ['lars',   'Lars Ørsted',    1, 'ru', 'Asia/Kolkata'],
    ['mia',    'Mia Modifier',   1, '',   ''],
    ['junior', 'June Junior',    1, '',   ''],
    ['reader', 'Rita Reader',    1, '',   ''],
    ['otto',   'Otto Outsider',  1, '',   ''],
    ['cora',   'Cora Customer',  0, '',   ''],
);
my @fields = (
    ['Impact',   'SelectSingle',     [qw(High Medium Low)]],
    ['Urgency',  'SelectSingle',     [qw(High Medium Low)]],
    ['Service',  'SelectSingle',     [qw(mail web database)]],
    ['Category', 'FreeformSingle',   []],
    ['Code',     'SelectSingle',     [qw(restarted replaced)]],
    ['Major',    'SelectSingle',     [qw(Yes)]],
    ['Tags',     'FreeformMultiple', []],
);

sub must { my ($what, $ok, $words) = @_; die "$what: " . ($words // '?') . "\n" unless $ok; return $ok }

sub load_user { my $user = RT::User->new($root); $user->Load($_[0]); must("user $_[0]", $user->Id); return $user }

sub token_for {
    my $token = RT::AuthToken->new($root);
    my ($ok, $words, $text) = $token->Create(Owner => load_user($_[0])->Id, Description => 'tests');
    must("token of $_[0]", $ok, $words);
    return $text;
}

sub grant {
    my ($principal, $object, @rights) = @_;
    for my $right (@rights) {
        my ($ok, $words) = $principal->GrantRight(Right => $right, Object => $object);
        must($right, $ok, $words);
    }
}

sub seed {
    my ($password) = @_;
    for my $person (@people) {
        my ($login, $name, $privileged, $lang, $zone) = @$person;
        my $user = RT::User->new($root);
        must($login, $user->Create(Name => $login, RealName => $name, EmailAddress => "$login\@rt.test",
            Password => $password, Privileged => $privileged, Lang => $lang, Timezone => $zone));
    }
    my $operators = RT::Group->new($root);
    must('group', $operators->CreateUserDefinedGroup(Name => 'Operators', Description => 'on call'));
    must("member $_", $operators->AddMember(load_user($_)->PrincipalId)) for qw(anna bo lars);
    grant($operators->PrincipalObj, RT->System, 'SeeGroup');
    for my $field (@fields) {
        my ($name, $type, $values) = @$field;
        my $cf = RT::CustomField->new($root);
        must($name, $cf->Create(Name => $name, Type => $type, LookupType => RT::Ticket->CustomFieldLookupType));
        my $place = 0;
        must($_, $cf->AddValue(Name => $_, SortOrder => $place++)) for @$values;
    }
    return { tokens => { map { $_ => token_for($_) } 'root', map { $_->[0] } @people } };
}

my %do = (
    # A queue with the usual rights, or one that only root sees.
    queue => sub {
        my ($ask) = @_;
        $RT::Handle->BeginTransaction;
        my $queue = RT::Queue->new($root);
        must('queue', $queue->Create(Name => $ask->{name}, Lifecycle => $ask->{lifecycle},
            Description => "$ask->{name} of the tests", SLADisabled => $ask->{sla} ? 0 : 1));
        if ($ask->{visible}) {
            my $operators = RT::Group->new($root);
            $operators->LoadUserDefinedGroup('Operators');
            grant($operators->PrincipalObj, $queue, @full);
            grant(load_user($_)->PrincipalObj, $queue, @{ $some{$_} }) for sort keys %some;
        }
        for my $field (@fields) {
            my $cf = RT::CustomField->new($root);
            $cf->LoadByName(Name => $field->[0], LookupType => RT::Ticket->CustomFieldLookupType);
            must($field->[0], $cf->AddToObject($queue));
        }
        $RT::Handle->Commit;
        return { id => $queue->Id };
    },
    # Many tickets at once: one by RT, the others as copies of its row, without history, mail and watchers.
    tickets => sub {
        my ($ask) = @_;
        my ($first, @others) = @{ $ask->{subjects} };
        my $author = RT::CurrentUser->new;
        $author->LoadByName($ask->{by} // 'bo');
        my $ticket = RT::Ticket->new($author);
        my ($model, undef, $words) = $ticket->Create(Queue => $ask->{queue}, Subject => $first, _RecordTransaction => 0);
        must('ticket', $model, $words);
        my $database = $RT::Handle->dbh;
        my $row = $database->selectrow_hashref('SELECT * FROM Tickets WHERE id = ?', undef, $model);
        delete $row->{id};
        my @columns = sort keys %$row;
        my $insert = $database->prepare(sprintf 'INSERT INTO Tickets (%s) VALUES (%s)',
            join(', ', @columns), join(', ', ('?') x @columns));
        my @ids = ("$model");
        $RT::Handle->BeginTransaction;
        for my $subject (@others) {
            $insert->execute(map { lc $_ eq 'subject' ? $subject : $row->{$_} } @columns);
            push @ids, $database->last_insert_id('', '', 'Tickets', 'id') . '';
        }
        $database->do('UPDATE Tickets SET EffectiveId = id WHERE EffectiveId = ? AND id > ?', undef, $model, $model);
        $RT::Handle->Commit;
        return { ids => \@ids };
    },
    token  => sub { return { token => token_for($_[0]{user}) } },
    revoke => sub {
        my ($ask) = @_;
        my ($random) = $ask->{token} =~ /([0-9a-f]+)$/ or die "no token\n";
        my $tokens = RT::AuthTokens->new($root);
        $tokens->LimitOwner(VALUE => load_user($ask->{user})->Id);
        my $gone = 0;
        while (my $token = $tokens->Next) {
            next unless $token->IsToken($random);
            must('revoke', $token->Delete);
            $gone++;
        }
        return { gone => $gone };
    },
);

my ($mode, $password) = (shift // '', $ENV{RT_TEST_PASSWORD} // 'password');
if ($mode eq 'seed') {
    print $json->encode(seed($password)), "\n";
}
elsif ($mode eq 'serve') {
    # A reader that was killed before we are ready must not end us before the guard below.
    $SIG{PIPE} = 'IGNORE';
    print $json->encode({ ready => 1 }), "\n";
    while (my $line = <STDIN>) {
        my $ask = $json->decode($line);
        my $answer = eval { ($do{ $ask->{do} } // die "no such request\n")->($ask) };
        if (!$answer) { $answer = { error => "$@" }; $RT::Handle->ForceRollback if $RT::Handle->TransactionDepth }
        print $json->encode($answer), "\n";
    }
    # Whoever started us is gone, perhaps killed: the server must not outlive it.
    kill 'KILL', -$ENV{RT_TEST_GUARDED} if $ENV{RT_TEST_GUARDED};
}
else { die "seed or serve\n" }
