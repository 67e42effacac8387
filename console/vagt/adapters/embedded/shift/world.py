"""The organisation of the practice shift: its people, teams, services and places."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from vagt.adapters.embedded.organisation import Organisation, Person, Service, Team
from vagt.adapters.embedded.record import Record
from vagt.domain.incident import LinkKind

DOMAIN = "nordhavn.example"
OPERATORS_TEAM = "NOC"
"""Where an operator of the console belongs."""
MONITORING = "Monitoring"

_PEOPLE = {
    "bo": "Bo Friis",
    "carla": "Carla Mendes",
    "dinesh": "Dinesh Rao",
    "ellen": "Ellen Sørensen",
    "farid": "Farid Haddad",
    "grete": "Grete Ødegård",
    "hanna": "Hanna Lindqvist",
    "ivan": "Ivan Petrov",
    "jonas": "Jonas Kjær",
    "keiko": "Keiko Tanaka (田中 恵子)",
    "lars": "Lars Ågren",
    "maria": "María José Núñez",
    "niels": "Niels Bach",
    "olga": "Olga Wiśniewska",
    "peter": "Peter Holm",
    "qing": "Qing Li (李青)",
    "rasmus": "Rasmus Thomsen",
    "sofie": "Sofie Bæk",
    "tomas": "Tomáš Dvořák",
    "uma": "Uma Krishnan",
    "viggo": "Viggo Lund",
    "wanda": "Wanda Nowak",
}

_TEAMS = (
    Team("NOC", ("bo", "carla", "dinesh", "ellen"), "ellen"),
    Team("Service Desk", ("farid", "grete", "hanna", "ivan"), "grete"),
    Team("Network", ("jonas", "keiko", "lars"), "lars"),
    Team("Database", ("maria", "niels", "dinesh"), "niels"),
    Team("Identity", ("olga", "peter", "qing"), "peter"),
    Team("Applications", ("rasmus", "sofie", "tomas", "uma"), "uma"),
    Team("Web", ("tomas", "viggo", "wanda"), "wanda"),
    Team("Storage", ("niels", "lars", "bo"), "niels"),
)

_SERVICES = (
    Service("mail", "E-mail", "Applications"),
    Service("vpn", "VPN", "Network"),
    Service("wifi", "Wi-Fi", "Network"),
    Service("lan", "Network", "Network"),
    Service("erp", "ERP", "Applications"),
    Service("pay", "Payments", "Web"),
    Service("shop", "Web shop", "Web"),
    Service("sso", "Identity", "Identity"),
    Service("db", "Databases", "Database"),
    Service("san", "Storage", "Storage"),
    Service("print", "Print", "Service Desk"),
    Service("workplace", "Workplace", "Service Desk"),
    Service("tel", "Telephony", "Network"),
    Service("files", "Files", "Storage"),
    Service("intranet", "Intranet", "Web"),
    Service("backup", "Backup", "Storage"),
)

DEPENDS = {
    "Payments": ("Databases", "Network"),
    "Web shop": ("Payments", "Databases", "Identity"),
    "ERP": ("Databases", "Storage", "Identity"),
    "E-mail": ("Identity", "Storage"),
    "VPN": ("Identity", "Network"),
    "Files": ("Storage", "Identity"),
    "Databases": ("Storage",),
    "Intranet": ("Identity", "Databases"),
    "Print": ("Network", "Identity"),
    "Wi-Fi": ("Network", "Identity"),
}
"""What each service stands on: trouble below is told of above."""

SITES = ("Copenhagen", "Aarhus", "Malmö", "Gdańsk", "Lisbon", "Osaka", "warehouse Køge", "head office")
CALLERS = (
    "Åse Birkeland",
    "Benjamin Clarke",
    "Camille Dubois",
    "Dorte Mølgaard",
    "Emil Østergaard",
    "Fatima Zahra",
    "Giulia Conti",
    "Henrik Skov",
    "Ingrid Þórsdóttir",
    "Jakub Zieliński",
    "Kenji Sato (佐藤 健二)",
    "Lone Ravn",
    "Mikkel Bro",
    "Nadia Karim",
    "Oskar Berg",
    "Pia Quist",
    "Ruth Adeyemi",
    "Søren Juhl",
    "Thu Hà Nguyễn",
    "Yusuf Demir",
)

RECORDS = (
    Record("PRB2014", LinkKind.PROBLEM, "Payment gateway loses its database sessions under load", "Known error"),
    Record("PRB2019", LinkKind.PROBLEM, "Access points of series 7 drop clients when they roam", "Under investigation"),
    Record("PRB2023", LinkKind.PROBLEM, "Night batch of the ERP locks the stock table", "Known error"),
    Record("PRB2027", LinkKind.PROBLEM, "Latency peaks of storage array san-02", "Under investigation"),
    Record("PRB2031", LinkKind.PROBLEM, "Sign-in tokens are refused after a clock drift", "Open"),
    Record("CHG5102", LinkKind.CHANGE, "New release of the payment gateway 4.18", "Implemented"),
    Record("CHG5107", LinkKind.CHANGE, "Firmware of the core switches, site by site", "In progress"),
    Record("CHG5111", LinkKind.CHANGE, "Move of mailboxes A–F to the new cluster", "In progress"),
    Record("CHG5114", LinkKind.CHANGE, "Renewal of the wildcard certificate", "Scheduled"),
    Record("CHG5120", LinkKind.CHANGE, "Replacement of controller B in san-02", "Scheduled"),
)


def practice_organisation(operators: Iterable[str], created: datetime) -> Organisation:
    """The organisation with the console's operators in the NOC, first in its rota."""
    people = tuple(Person(login, name, f"{login}@{DOMAIN}") for login, name in _PEOPLE.items())
    made = Organisation(people=people, teams=_TEAMS, services=_SERVICES, rota_start=created)
    for login in sorted(operators):
        made = made.with_operator(login, (OPERATORS_TEAM,))
    return made
