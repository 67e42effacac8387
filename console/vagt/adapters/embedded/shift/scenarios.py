"""The drill's scenarios: tables of what goes wrong, who says what, and what is true."""

from __future__ import annotations

from vagt.adapters.embedded.shift.scenario import CALLER, MACHINE, Cause, Event, Report, Scenario, Turn

SAYS, WORSE, TAKES, RELEASES = Turn.SAYS, Turn.WORSE, Turn.TAKES, Turn.RELEASES

FIRST_SHIFT = Scenario(
    name="first-shift",
    title="A calm evening: a handful of callers, one pair that says the same, one promise to keep",
    briefing="A quiet evening so far. One incident is yours from us, with a promise in it: its caller wants to hear from"
    " you in time. Some callers make little of big things, and some much of little ones, so read before you believe a"
    " priority. Two people sometimes report the same. Give to a team what is theirs; resolve what is over.",
    minutes=15,
    calls=18,
    misjudged=0.2,
    response=(3, 5, 8, 15, 30),
    resolution=(12, 20, 40, 80, 240),
    causes=(
        Cause(key="vpn", team="Network", mends=6, recovers="Gateway 1 rekeys again, no drops for ten minutes.", service="VPN"),
        Cause(key="labels", team="Service Desk", mends=4, recovers="Code page set back: labels print Æ, Ø and Å again."),
        Cause(key="drum", team="Service Desk", mends=3, recovers="A new drum is in, pages are clean."),
        Cause(key="mailbox", team="Applications", mends=5, recovers="The mailbox is mapped again, nothing was lost."),
        Cause(key="backup", team="Storage", mends=5, recovers="Second try of the backup succeeded.", alone=True),
        Cause(key="dhcp", team="Network", mends=4, recovers="Address range enlarged, everybody gets an address."),
        Cause(key="join", team="Identity", mends=4, recovers="Account made by hand, he is in."),
    ),
    reports=(
        Report(at=-20, cause="vpn", title="VPN drops every few minutes in the Ærø office", service="VPN", said=(2, 2),
               text="All nine of us are cut off every three to five minutes since noon. We can work in between.",
               team="Network", category="Network", promised="We found the gateway that does it. Next word in 6 minutes.",
               events=(Event(23, CALLER, SAYS, "Still every few minutes. What is the plan?"),)),
        Report(at=0.7, cause="labels", title="Label printer prints odd signs", service="Print", said=(3, 3), true=(2, 1),
               text="Just so you know: no label in dispatch can be read since the update, so nothing leaves the house and"
               " three trucks are waiting.", category="Hardware",
               events=(Event(4, CALLER, SAYS, "The drivers will leave at half past. Is somebody on it?"),)),
        Report(at=1.8, cause="drum", title="URGENT!!! PRINTER DOES NOT WORK", service="Print", said=(1, 1), true=(3, 3),
               text="Pages come out grey on the printer by the kitchen. I use the one on the next floor for now.",
               source="Portal", category="Hardware"),
        Report(at=3.2, cause="mailbox", title="Shared mailbox “Fakturaer & påmindelser” is empty", service="E-mail", said=(2, 2),
               text="All folders vanished; five of us send invoices from it, and today is the last day.", category="Data",
               events=(Event(2, "Applications", TAKES, "Mine: looks like the mailbox move."),
                       Event(4, "Applications", RELEASES, "I am called away, somebody else please. It is the mapping after the move."),
                       Event(5.5, CALLER, SAYS, "When can we invoice again?"))),
        Report(at=4.6, cause="mailbox", title="Fakturaer: no mails, no folders", service="E-mail", said=(2, 2), source="Mail",
               text="Our invoice mailbox shows nothing at all. My colleague may have called already.", category="Data"),
        Report(at=5.5, cause="backup", title="erp-app-2: backup failed", service="Backup", said=(3, 3), source="Monitoring",
               text="Job nightly-4 ended with status 6: snapshot could not be made. It will be tried again.", category="Data"),
        Report(at=7, cause="dhcp", title="No Wi-Fi in meeting rooms on floor 3", service="Wi-Fi", said=(3, 2),
               text="Laptops see the network but get no address. Only my meeting, I think.", category="Network",
               events=(Event(2, CALLER, WORSE, "It is the whole floor now, and the board meets here in ten minutes.", (2, 1)),)),
        Report(at=9, cause="join", title="New colleague Søren Åkjær cannot sign in", service="Identity", said=(3, 2),
               text="He starts today and has no access to anything. He reads brochures meanwhile.", category="Access"),
    ),
)  # fmt: skip

_SWITCH = "Upstream: core-cph-1."
STORM = Scenario(
    name="storm",
    title="Two alert storms at once, callers who say the same, and real trouble between them",
    briefing="A night with weather. Monitoring sends one alert for each device, callers one for each office, and all of"
    " them may be one and the same. Merge what is the same into the oldest of them, and do not let what is not the same"
    " drown in it. Services that stand on the one in trouble are its children, not duplicates.",
    minutes=20,
    calls=18,
    misjudged=0.25,
    response=(3, 5, 8, 15, 30),
    resolution=(15, 22, 45, 90, 240),
    causes=(
        Cause(key="core", team="Network", mends=8, service="Network", recovers="Answers again: core-cph-1 has its power back.",
              shakes=(3, 4.5)),
        Cause(key="san", team="Storage", mends=6, service="Storage", recovers="Latency below 10 ms since the rebuild was stopped.",
              shakes=(2.5,)),
        Cause(key="door", team="Applications", mends=4, recovers="The gate's controller runs again."),
        Cause(key="xyz", team="Storage", mends=5, recovers="The agency's account is off, the share is clean and back."),
        Cause(key="flap", team="Network", mends=3, recovers="Interface stable for ten minutes.", alone=True),
        Cause(key="esx", team="Storage", mends=3, recovers="Memory replaced, host is back in the cluster."),
    ),
    reports=(
        Report(at=-12, cause="door", title="Warehouse gate opens by hand only", service="Workplace", said=(3, 2),
               text="The gate at Køge does not read number plates. A guard opens it.", team="Applications",
               promised="The supplier is looking at it from afar. Next word in 8 minutes."),
        Report(at=1, cause="core", title="acc-cph-{rack}: not reachable", service="Network", said=(2, 2), true=(1, 1), times=12,
               over=2.5, source="Monitoring", text=f"No answer to 5 pings from two probes. {_SWITCH}", category="Network",
               events=(Event(3, MACHINE, SAYS, "core-cph-1: power supply 2 failed, 1 at its limit. All floors of the head"
                             " office hang on it: 900 people have no network."),)),
        Report(at=2, cause="core", title="No network at all on the second floor", service="Network", said=(3, 2), true=(1, 1),
               text="Nobody here gets anywhere, neither cable nor Wi-Fi. From the window: the other building neither.",
               category="Network", events=(Event(3, CALLER, SAYS, "We send people home if it lasts."),)),
        Report(at=4, cause="core", title="Head office is offline?", service="Network", said=(1, 1), source="Mail",
               text="I reach nothing in Copenhagen from Aarhus: no drive, no intranet, no phones.", category="Network"),
        Report(at=3, cause="flap", title="acc-aar-14: interface flapping", service="Network", said=(3, 2), source="Monitoring",
               text="Gi1/0/7 changed state 14 times in 10 min. One printer hangs on it. Upstream: core-aar-1.",
               category="Hardware"),
        Report(at=6, cause="xyz", title="Some files have funny names", service="Files", said=(3, 3), true=(1, 1), source="Portal",
               text="In the agency's folder files turn into .xyz, one after the other, while I watch. I cannot open them."
               " It has reached the folder of the finance department.", category="Security", team="Service Desk",
               events=(Event(3, CALLER, SAYS, "It is in the third folder now."),)),
        Report(at=8, cause="san", title="esx-{rack}: datastore latency 340 ms", service="Storage", said=(2, 2), times=8, over=2,
               source="Monitoring", text="Latency above 30 ms for 3 min on san-02.", category="Hardware",
               events=(Event(2, "Storage", TAKES, "I look at san-02."),
                       Event(4, "Storage", RELEASES, "Called to another fire. A rebuild of shelf 3 takes all the load."),)),
        Report(at=9.5, cause="san", title="ERP hangs for ten seconds at a time", service="ERP", said=(2, 2), symptom=True,
               text="Every screen. The database people say that their disks are slow."),
        Report(at=11, cause="esx", title="esx-91: memory module failing", service="Storage", said=(3, 2), source="Monitoring",
               text="Correctable errors on DIMM 4, host was taken out of the cluster. No guest is affected.", category="Hardware"),
    ),
)  # fmt: skip

MAJOR = Scenario(
    name="major",
    title="A major incident that unfolds over twenty minutes, with false leads",
    briefing="Something is brewing with the card payments. Believe what is measured before what is guessed: colleagues"
    " will be sure of themselves and wrong. Declare a major incident when it is one, tell those affected when they hear"
    " from you again, and keep that word. The rest of the world does not stop meanwhile.",
    minutes=25,
    calls=14,
    misjudged=0.2,
    response=(3, 5, 8, 15, 30),
    resolution=(25, 30, 60, 120, 240),
    causes=(
        Cause(key="sessions", team="Database", mends=9, service="Databases", major=True, shakes=(6, 9, 12),
              recovers="Sessions are given back since the pool's limit was raised; declines at 4 %, as usual."),
        Cause(key="cert", team="Web", mends=4, recovers="New certificate seen."),
        Cause(key="vat", team="Applications", mends=4, recovers="Tax class added, the order is right."),
        Cause(key="hotline", team="Network", mends=5, recovers="The call flow has its file again, calls come in."),
        Cause(key="lag", team="Database", mends=4, recovers="Replication lag below 5 s again.", alone=True),
    ),
    reports=(
        Report(at=-10, cause="vat", title="Wrong VAT on order 54711", service="ERP", said=(3, 3), category="Data",
               text="VAT is 0 % though the customer is Danish.", team="Applications",
               promised="We are looking at the customer's record. Next word in 5 minutes."),
        Report(at=0.8, cause="sessions", title="Payments: declines 9 % at acquirer 2", service="Payments", said=(2, 2),
               source="Monitoring", text="Declined authorisations at 9 %, usual 4 %.",
               events=(
                   Event(2, "Web", SAYS, "This is acquirer 2, they had the same in March. I write to them."),
                   Event(4, MACHINE, WORSE, "Declines at 31 %, at both acquirers, in the shop and at all tills.", (1, 1)),
                   Event(6, "Network", SAYS, "CHG5107 touched the core switches today. I am fairly sure that it is the firewall."),
                   Event(8, "Web", SAYS, "Acquirer 2 answers: all well on their side, they see our gateway give up."),
                   Event(9.5, MACHINE, SAYS, "Authorisation time 30 s. Gateway log: “no free database session”."),
                   Event(11, "Network", SAYS, "Firewall counters are flat. It is not the network, sorry."),
                   Event(12.5, "Web", SAYS, "Rolling the gateway back would take an hour, and 4.18 was in for a week without this."),
                   Event(14, "Database", SAYS, "Whoever looks: pay-db is at its session limit since the batch of 14:00. This is ours."),
                   Event(17, MACHINE, SAYS, "Turnover lost: about 40,000 a minute."),
               )),
        Report(at=5, cause="sessions", title="Tills do not take cards", service="Payments", said=(2, 1), true=(1, 1),
               text="Six stores on the phone at once: “no connection to the bank”. Cash works.",
               events=(Event(4, CALLER, SAYS, "Stores ask whether they should close. What do we tell them, and when again?"),)),
        Report(at=6.5, cause="sessions", title="Customers cannot pay in the shop", service="Web shop", said=(3, 2), true=(1, 1),
               source="Mail", text="Chat is full of it: card is refused, every card, every bank."),
        Report(at=3, cause="lag", title="pg-erp-2: replication lag 75 s", service="Databases", said=(2, 3), true=(3, 3),
               source="Monitoring", text="Replica pg-erp-2 is 75 s behind (limit 60 s). Only the monthly report reads it.",
               category="Data"),
        Report(at=8, cause="cert", title="Certificate of wiki.nordhavn.example expires in 9 days", service="Intranet",
               said=(1, 2), true=(3, 3), source="Monitoring", text="Subject *.nordhavn.example.", category="Security",
               events=(Event(1.5, "Web", TAKES, "I renew it."),
                       Event(4, "Web", RELEASES, "Pulled into the call about the payments; the request is half done."))),
        Report(at=10, cause="hotline", title="Hotline drops callers", service="Telephony", said=(3, 3), true=(2, 1),
               text="Every caller is cut off after 30 seconds, and because of the cards all of them call now.",
               category="Network", team="Service Desk"),
        Report(at=15, cause="sessions", title="Gift cards are refused at the tills", service="Payments", said=(2, 2), symptom=True,
               text="Since the cards fail, gift cards do too. Customers leave their baskets."),
    ),
)  # fmt: skip

SCENARIOS: tuple[Scenario, ...] = (FIRST_SHIFT, STORM, MAJOR)
"""In the order in which a newcomer should play them."""


def scenario_called(name: str) -> Scenario:
    """Raises KeyError where there is none."""
    for scenario in SCENARIOS:
        if scenario.name == name:
            return scenario
    raise KeyError(name)
