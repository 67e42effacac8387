"""What goes wrong in the practice shift: kinds of trouble, told the way people and machines tell them."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Scene:
    """One kind of trouble. Texts may name {site}, {host}, {n}, {pct} and {caller}."""

    service: str
    title: str
    text: str
    impact: int
    urgency: int
    category: str = "Software"
    source: str = "Portal"
    findings: tuple[str, ...] = ()
    """Internal notes, in the order in which somebody would write them."""
    answers: tuple[str, ...] = ()
    """Public comments of those who work on it."""
    pleas: tuple[str, ...] = ()
    """What the caller adds while it lasts."""
    resolution: str = "Solved together with the caller."
    code: str = "fixed"
    worse: str = ""
    """How it gets worse, where it does."""
    recovers: str = ""
    """What monitoring says when the alert ends by itself."""

    @property
    def is_alert(self) -> bool:
        return self.source == "Monitoring"


def _alert(  # noqa: PLR0917
    service: str, title: str, text: str, impact: int, urgency: int, recovers: str, *, worse: str = "",
    findings: tuple[str, ...] = (), resolution: str = "Back to normal, threshold not crossed since.",
    code: str = "recovered", category: str = "Network",
) -> Scene:  # fmt: skip
    return Scene(
        service, title, text, impact, urgency, category, "Monitoring", findings,
        resolution=resolution, code=code, worse=worse, recovers=recovers,
    )  # fmt: skip


ALERTS: tuple[Scene, ...] = (
    _alert("Databases", "{host}: replication lag {n} s", "Replica {host} is {n} s behind its primary (limit 60 s).", 2, 2,
           "Replication lag below 5 s again.", worse="Replication lag is still growing: {n}00 s.",
           findings=("Long-running report on the replica, asked its owner to stop it.",), category="Data"),
    _alert("Databases", "{host}: connections at {pct} % of the limit", "Pool usage {pct} %, warning at 80 %.", 2, 2,
           "Connections at 41 %.", findings=("Most sessions are idle in transaction, from the intranet.",),
           resolution="Leaking sessions ended, pool recycled.", code="restarted", category="Data"),
    _alert("Storage", "{host}: volume {pct} % full", "Volume /vol/{n} on {host} is {pct} % full, growing 2 % an hour.", 2, 3,
           "Volume at 71 % after snapshot expiry.", findings=("Old snapshots take 400 GB.",),
           resolution="Expired snapshots deleted, quota raised.", code="fixed", category="Data"),
    _alert("Storage", "san-02: write latency {n} ms", "Write latency {n} ms over 5 min (limit 20 ms).", 1, 2,
           "Write latency 6 ms.", worse="Latency now hits the databases too: commits take {n} ms.",
           findings=("Same pattern as in PRB2027: controller B takes all the load.",), category="Hardware"),
    _alert("Network", "{host}: interface flapping", "Gi1/0/{n} changed state 14 times in 10 min.", 3, 2,
           "Interface stable for 10 min.", findings=("SFP with falling power on Gi1/0/{n}.",),
           resolution="SFP replaced.", code="fixed", category="Hardware"),
    _alert("Network", "Packet loss {pct} % towards {site}", "Loss {pct} % on the primary line to {site}.", 2, 1,
           "Loss 0 % on the primary line.", worse="The backup line to {site} is lossy now as well.",
           findings=("Ticket opened with the carrier.",), code="vendor", resolution="Carrier repaired a splice."),
    _alert("Network", "{host}: not reachable", "No answer to 5 pings from two probes.", 3, 2, "Answers again.",
           findings=("Power outage on the floor according to facilities.",)),
    _alert("Identity", "Failed sign-ins above normal: {n}/min", "{n} failed sign-ins per minute, usually below 20.", 2, 2,
           "Failed sign-ins back to normal.", worse="Accounts are being locked now: {n} in ten minutes.",
           findings=("One old scanner with a stale password makes most of them.",), category="Security"),
    _alert("Web shop", "Response time p95 {n}00 ms", "p95 of /checkout at {n}00 ms, objective 800 ms.", 2, 2,
           "p95 at 420 ms.", worse="Checkout now fails for {pct} in a thousand.",
           findings=("Cache hit rate fell after the deployment at noon.",), code="rolled-back",
           resolution="Feature flag switched off.", category="Software"),
    _alert("Web shop", "{host}: 5xx rate {pct} per 1000", "HTTP 5xx on {host} above 5 per 1000 for 3 min.", 2, 2,
           "5xx rate below 1 per 1000.", findings=("One pod out of memory, was rescheduled.",), category="Software"),
    _alert("E-mail", "Mail queue at {n}0 messages", "Outbound queue on {host} at {n}0, normal below 50.", 2, 3,
           "Queue drained.", findings=("Remote side greylists us.",), category="Software"),
    _alert("Backup", "Backup of {host} failed", "Job nightly-{n} ended with status 6: snapshot could not be made.", 3, 3,
           "Second try succeeded.", findings=("Agent hangs, as on Tuesday.",), code="restarted",
           resolution="Agent restarted, backup repeated by hand.", category="Data"),
    _alert("ERP", "{host}: job queue stands still", "No job finished for {n} min on {host}.", 2, 2,
           "Jobs run again.", worse="Orders from {site} are not released any more.",
           findings=("Lock on the stock table, see PRB2023.",), code="workaround",
           resolution="Blocking session ended, jobs repeated.", category="Software"),
    _alert("Payments", "Declines {pct} % at acquirer 2", "Declined authorisations at {pct} %, usual 4 %.", 1, 2,
           "Decline rate at 4.1 %.", worse="Acquirer 1 shows the same now.",
           findings=("Acquirer confirms trouble on their side.",), code="vendor",
           resolution="Acquirer fixed its routing.", category="Software"),
    _alert("Telephony", "SIP trunk {site}: {n} % of calls fail", "Answer-seizure ratio below its limit at {site}.", 2, 2,
           "Trunk healthy.", findings=("Failed over to the second session border controller.",)),
    _alert("Wi-Fi", "{n} access points offline at {site}", "Controller lost {n} access points within 2 min.", 2, 2,
           "All access points online.", findings=("PoE switch on floor 2 restarted by itself.",), category="Hardware"),
    _alert("VPN", "Gateway {host}: CPU {pct} %", "CPU above 90 % for 10 min.", 2, 2, "CPU at 38 %.",
           findings=("Moved half of the sessions to vpn-gw-2.",), code="workaround"),
    _alert("Intranet", "Certificate of {host} expires in {n} days", "Subject *.nordhavn.example.", 3, 3,
           "New certificate seen.", findings=("Part of CHG5114.",), code="fixed",
           resolution="Certificate renewed.", category="Security"),
)  # fmt: skip

CALLS: tuple[Scene, ...] = (
    Scene("VPN", "VPN drops every few minutes from home", "Since this morning the VPN disconnects after 3–5 minutes."
          " I have restarted twice. Error 809.", 3, 2, "Network", "Phone",
          ("Client version is two behind.", "Log shows rekey failures with gateway 1."),
          ("We see the disconnects and are looking at the gateway.",),
          ("It happened again, just now in a customer call.",), "Client updated, profile renewed."),
    Scene("VPN", "Cannot connect to VPN after password change", "“Authentication failed” since I changed my password.",
          3, 2, "Access", "Phone", ("Old password cached in the profile.",), (), ("Still nothing, I cannot work.",),
          "Cached credentials removed.", "user-error"),
    Scene("E-mail", "Shared mailbox “Fakturaer & påmindelser” is empty", "All folders of the shared mailbox vanished"
          " overnight. Five of us use it.", 2, 2, "Data", "Portal", ("Mailbox was moved in CHG5111, mapping lost.",),
          ("Nothing is lost: the mailbox moved and we are mapping it again.",), ("When can we invoice again?",),
          "Mapping restored after the mailbox move.", worse="All mailboxes of the finance department are affected."),
    Scene("E-mail", "Mails to 東京オフィス come back", "Messages to the Tokyo office bounce with “550 relay not permitted”.",
          2, 2, "Software", "Mail", ("Connector lacks the new address range.",),
          ("We are correcting the connector.",), ("The customer in Tokyo is waiting for our offer.",),
          "Address range added to the connector."),
    Scene("E-mail", "Attachment “Blåbærgrød – opskrift 🫐.docx” cannot be opened", "Word says the file is damaged, on"
          " every PC in the canteen office.", 3, 3, "Software", "Portal", ("File is fine, the preview is not.",), (), (),
          "Opened without preview; known bug of the viewer.", "workaround"),
    Scene("ERP", "ERP: cannot post goods receipt at {site}", "Posting ends with “object locked by BATCH07”. Trucks are"
          " waiting.", 2, 1, "Software", "Phone", ("Lock held by the night batch, see PRB2023.",),
          ("We found the lock and are releasing it.",), ("Three trucks at the gate now.", "Any news?"),
          "Lock released, batch moved.", "workaround", worse="Goods issue is blocked as well: the warehouse stands still."),
    Scene("ERP", "ERP is very slow for the whole finance team", "Every screen takes 20–30 seconds since about 10:00.",
          2, 2, "Software", "Phone", ("Statistics of two large tables are stale.", "Plan changed after the night run."),
          ("We see it too and are working on the database.",), ("Month-end closing is tomorrow.",),
          "Statistics refreshed, response times normal.", worse="Purchasing reports the same."),
    Scene("ERP", "Wrong VAT on order {n}4711", "VAT is 0 % though the customer is Danish.", 3, 3, "Data", "Mail",
          ("Tax class missing in the customer's record.",), (), (), "Tax class added.", "user-error"),
    Scene("Web shop", "Customers cannot log in to the shop", "Customer service gets many calls: “invalid session” after"
          " login.", 1, 2, "Software", "Phone", ("Session store at its memory limit.",),
          ("Logging in fails for some customers; we are on it.",), ("Chat is overflowing.",),
          "Session store enlarged.", worse="Checkout is affected too."),
    Scene("Web shop", "Product pictures missing in category Børnetøj", "Grey boxes instead of pictures.", 3, 3, "Data",
          "Portal", ("CDN purged the wrong path.",), (), (), "Pictures published again."),
    Scene("Payments", "Card terminal {n} at {site} says “no connection”", "The terminal at till {n} does not connect;"
          " the others do.", 3, 2, "Hardware", "Phone", ("Terminal lost its certificate.",), (),
          ("There is a queue at the till.",), "Terminal provisioned again."),
    Scene("Wi-Fi", "No Wi-Fi in meeting rooms on floor {n}", "Laptops see the network but get no address.", 3, 2,
          "Network", "Phone", ("DHCP scope exhausted by guest phones.",), ("We are enlarging the address range.",),
          ("We have guests from Osaka here.",), "DHCP scope enlarged."),
    Scene("Wi-Fi", "Scanner guns lose Wi-Fi in aisle {n}", "Pickers walk back to the door for every scan.", 2, 2,
          "Network", "Phone", ("Roaming problem of series 7, see PRB2019.",), (), ("Night shift starts in an hour.",),
          "Access point swapped, roaming tuned.", "workaround"),
    Scene("Identity", "Account locked again and again", "Locked four times today, though I type it right.", 3, 2,
          "Access", "Phone", ("Lockouts come from an old phone's mail profile.",), (), ("Locked again …",),
          "Old mail profile removed from the phone."),
    Scene("Identity", "New colleague Søren Åkjær cannot sign in", "Starts today, no access to anything.", 3, 2, "Access",
          "Portal", ("HR record has no cost centre, so no account was made.",), (), ("He has been reading brochures since 8.",),
          "Account made by hand, HR record corrected."),
    Scene("Identity", "MFA prompt does not arrive", "No push on the phone since yesterday; SMS works.", 3, 3, "Access",
          "Portal", ("Push service certificate renewed, device must register again.",), (), (), "Device registered again."),
    Scene("Identity", "Sign-in with smart card fails at {site}", "“No valid certificate” for everybody on the first floor.",
          2, 2, "Access", "Phone", ("Clock of the domain controller drifts, see PRB2031.",),
          ("Please use your password meanwhile.",), (), "Time source corrected.", worse="All of {site} is affected."),
    Scene("Print", "Printer on floor {n} prints blank pages", "New toner is in. Still blank.", 3, 3, "Hardware", "Portal",
          ("Drum at its end.",), ("A new drum is on its way.",), (), "Drum replaced.", "vendor"),
    Scene("Print", "Label printers in dispatch print ??? instead of Æ Ø Å", "Parcels to Ærø come back.", 2, 2, "Software",
          "Phone", ("Driver update reset the code page.",), (), ("40 parcels so far.",), "Code page set back."),
    Scene("Print", "Follow-me printing asks for a PIN that nobody has", "Since the update.", 3, 3, "Software", "Portal",
          (), (), (), "Policy corrected."),
    Scene("Workplace", "Laptop does not start after the update", "Blue screen, “INACCESSIBLE BOOT DEVICE”.", 3, 2,
          "Hardware", "Phone", ("Third one today of that model.",), (), ("I have a presentation at 14:00.",),
          "Storage driver rolled back.", "rolled-back"),
    Scene("Workplace", "Docking station: second screen stays black", "Only the left one works.", 3, 3, "Hardware",
          "Portal", (), (), (), "Firmware of the dock updated."),
    Scene("Workplace", "Teams meeting room {n}: no sound 🔇", "The far end hears us, we hear nothing.", 3, 2, "Hardware",
          "Phone", ("Amplifier was unplugged by the cleaners.",), (), (), "Plugged in.", "user-error"),
    Scene("Telephony", "Hotline has no queue music and drops callers", "Callers are cut off after 30 seconds.", 2, 1,
          "Network", "Phone", ("Call flow refers to a file that was deleted.",), ("We are restoring the call flow.",),
          ("Press has written to us about it.",), "Call flow restored.", worse="Now no call comes in at all."),
    Scene("Files", "Drive P: not available for project team", "“Network path not found”. Eight people.", 2, 2, "Data",
          "Phone", ("DFS target disabled in the move.",), ("The drive will be back within the hour.",), (), "Target enabled."),
    Scene("Files", "Restore folder “Budget 2027” please", "Deleted by mistake yesterday afternoon.", 3, 2, "Request",
          "Portal", ("Snapshot of 16:00 has it.",), (), ("The board meets at three.",), "Restored from snapshot."),
    Scene("Files", "Someone renamed thousands of files to .xyz", "In the folder of the marketing agency, going on now.",
          1, 1, "Security", "Phone", ("Agency account disabled, share taken offline.",),
          ("The share is offline while we make sure that nothing spreads.",), (), "Account was misused; restored.",
          worse="The same endings show up on a second share."),
    Scene("Databases", "Report “Lagerværdi pr. lokation” times out", "Used to take a minute, now it ends after ten.", 3, 3,
          "Data", "Mail", ("Index missing since the release.",), (), (), "Index created."),
    Scene("Intranet", "Intranet search finds nothing", "Zero hits for everything since Monday.", 3, 3, "Software",
          "Portal", ("Indexer stands still for want of space.",), (), (), "Indexer restarted.", "restarted"),
    Scene("Intranet", "Page “Ferie & fravær” shows an error", "HTTP 500 for all.", 3, 2, "Software", "Portal",
          ("Null in an employee record.",), (), (), "Record corrected."),
    Scene("Network", "No network in the container offices at {site}", "Twelve people cannot work.", 2, 2, "Network",
          "Phone", ("Media converter dead.",), ("A technician is on the way.",), ("We are working from the canteen.",),
          "Media converter replaced."),
    Scene("E-mail", "Calendar invitations arrive an hour off", "All meetings from the Lisbon office.", 3, 3, "Software",
          "Mail", ("Time zone of the room mailboxes is wrong.",), (), (), "Time zone corrected."),
)  # fmt: skip

MAJOR = Scene(
    "Payments", "Card payments fail in web shop and at all tills", "Authorisations end with a timeout. Turnover lost:"
    " about 40,000 a minute. First seen by monitoring, confirmed by stores in {site}.", 1, 1, "Software", "Monitoring",
    (
        "Gateway log: “no free database session” since 6 minutes.",
        "Release 4.18 went in this morning (CHG5102).",
        "Bridge is open. Web, Database and the acquirer are in it.",
        "Sessions were freed by hand; they are used up again after 4 min.",
        "Roll-back of 4.18 is prepared, needs 15 min.",
        "Roll-back done on node 1, watching the session count.",
        "Node 2 rolled back too. Declines fall.",
    ),
    (
        "Card payments fail at present. Cash and mobile payment work. Next word in 20 minutes.",
        "We know the cause and are taking back this morning's release. Next word in 20 minutes.",
        "Most payments go through again. We keep watching.",
    ),
    ("Stores ask whether they should close.",),
    "Release 4.18 of the payment gateway rolled back.", "rolled-back",
)  # fmt: skip

STORMS: tuple[Scene, ...] = (
    _alert("Network", "acc-{site}-{rack}: not reachable", "No answer to 5 pings from two probes. Upstream: core-1.", 2, 2,
           "Answers again.", findings=("All of these hang on the same core switch.",), category="Network"),
    _alert("Storage", "esx-{rack}: datastore latency {n}0 ms", "Latency above 30 ms for 3 min on san-02.", 2, 2,
           "Latency below 10 ms.", findings=("All of these have their volumes on san-02.",), category="Hardware"),
    _alert("Databases", "app-{rack}: no database session", "Pool of app-{rack} exhausted, {n} requests wait.", 2, 2,
           "Pool healthy.", findings=("All wait for the same primary.",), category="Data"),
)  # fmt: skip
"""One cause, many alerts; `{rack}` is another one each time."""

PRESSING = Scene(
    "Identity", "Sign-in takes minutes for the whole customer centre", "About 60 people wait at “Welcome” for five minutes."
    " Hotline answers late.", 2, 1, "Access", "Phone", ("Domain controller 3 does not answer LDAP.",),
    ("We are looking into the sign-in.",), ("It is getting worse.",), "Domain controller restarted.", "restarted",
    worse="Now the second floor as well.",
)  # fmt: skip
NOBODY_SIGNS_IN = replace(
    PRESSING, title="Nobody at the warehouse can sign in", impact=1, pleas=("Trucks are queueing at the gate.",),
    text="Forty people stand in front of the scanners; all say “try again later”. Nothing leaves the house.",
)  # fmt: skip
SAME_VPN_TROUBLE = ("VPN connection unstable in the home office", "Cut off from VPN all the time – Ærø office")
"""Other callers' words for the first of the calls."""
