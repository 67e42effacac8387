"""The double itself, held against what is known of Jira: refusals, pages, visibility, receipts, limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.doubles.jsm import world
from tests.doubles.jsm.adf import from_wiki
from tests.doubles.jsm.server import Site

SEARCH = "/rest/api/3/search/jql"
OPS = f"/jsm/ops/api/{world.CLOUD_ID}/v1"


class Caller:
    """Anna, past every adapter."""

    def __init__(self, site: Site) -> None:
        self.site = site
        auth = ("anna@example.org", world.API_TOKEN) if site.cloud else None
        headers = {} if site.cloud else {"Authorization": f"Bearer {world.PAT}"}
        self._client = httpx.AsyncClient(base_url=site.url, auth=auth, headers=headers)

    async def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return await self._client.request(method, path, json=body, **more)

    async def close(self) -> None:
        await self._client.aclose()


@pytest.fixture
async def cloud() -> AsyncIterator[Caller]:
    site = Site(ops_delay=60.0)
    await site.start()
    caller = Caller(site)
    yield caller
    await caller.close()
    await site.stop()


@pytest.fixture
async def dc() -> AsyncIterator[Caller]:
    site = Site(deployment="dc")
    await site.start()
    caller = Caller(site)
    yield caller
    await caller.close()
    await site.stop()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"jql": "project = OPS", "startAt": 0}, "Unrecognized field"),
        ({"jql": "project = OPS", "maxResults": 0}, "between 1 and 5000"),
        ({"jql": "project = OPS", "maxResults": None}, "between 1 and 5000"),
        ({"jql": "project = OPS", "maxResults": 5001}, "between 1 and 5000"),
        ({"jql": "project = OPS", "nextPageToken": "@@"}, "next page token"),
        ({"jql": "order by created"}, "Unbounded"),
        ({"jql": 'summary ~ "x'}, "quoted string"),
        ({"jql": "status = Nowhere"}, "does not exist for the field"),
        ({"jql": "cf[1] = x"}, "does not exist or you do not have permission"),
        ({"jql": "project = OPS", "expand": ["names"]}, "from Array"),
    ],
)
async def test_cloud_refuses_what_it_does_not_take(cloud: Caller, body: dict[str, Any], words: str) -> None:
    found = await cloud("POST", SEARCH, body)
    assert found.status_code == 400
    assert words in found.json()["errorMessages"][0]


async def test_cloud_reads_a_posts_body_only_and_gives_ids_alone(cloud: Caller) -> None:
    for number in range(5):
        cloud.site.register(f"n {number}")
    found = await cloud("POST", f"{SEARCH}?maxResults=1", {"jql": "project = OPS", "maxResults": 2})
    told = found.json()
    assert [set(issue) for issue in told["issues"]] == [{"id"}, {"id"}]
    assert not {"total", "startAt", "maxResults"} & set(told)
    seen = {issue["id"] for issue in told["issues"]}
    while "nextPageToken" in told:
        body = {"jql": "project = OPS", "maxResults": 2, "nextPageToken": told["nextPageToken"]}
        told = (await cloud("POST", SEARCH, body)).json()
        seen |= {issue["id"] for issue in told["issues"]}
    assert len(seen) == 5 and told["isLast"] is True
    plain = await cloud._client.post(SEARCH, content=b"{}")
    assert plain.status_code == 415
    assert plain.headers["content-type"].startswith("application/problem+json")
    assert (await cloud("GET", "/rest/api/3/search?jql=project=OPS")).status_code == 410


async def test_a_token_goes_on_behind_its_row_whatever_leaves(cloud: Caller) -> None:
    ids = [cloud.site.register(f"n {number}").id for number in range(6)]
    query = {"jql": "project = OPS AND statusCategory != Done ORDER BY created ASC, key ASC", "maxResults": 2}
    first = (await cloud("POST", SEARCH, query)).json()
    for id in ids[:2]:
        cloud.site.save(id, status="5")
    second = (await cloud("POST", SEARCH, {**query, "nextPageToken": first["nextPageToken"]})).json()
    assert [issue["id"] for issue in second["issues"]] == ids[2:4]


async def test_data_center_pages_by_count_and_has_no_search_by_token(dc: Caller) -> None:
    for number in range(5):
        dc.site.register(f"n {number}")
    found = (await dc("POST", "/rest/api/2/search", {"jql": "", "startAt": 3, "maxResults": 2})).json()
    assert (found["startAt"], found["maxResults"], found["total"], len(found["issues"])) == (3, 2, 5, 2)
    assert "fields" in found["issues"][0]
    assert (await dc("POST", "/rest/api/2/search/jql", {"jql": "project = OPS"})).status_code == 404
    assert (await dc("GET", "/rest/api/3/myself")).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status = Open", {"a"}),
        ('status in ("Work in progress", 5)', {"b", "c"}),
        ("statusCategory != Done", {"a", "b"}),
        ("assignee is EMPTY", {"a", "c"}),
        ("assignee = currentUser()", {"b"}),
        ("NOT (status = Open OR assignee is not EMPTY)", {"c"}),
        ('summary ~ "wait" AND project = OPS', {"c"}),
        ("labels = mail", {"a"}),
        ("priority = Highest", {"b"}),
        ('component = "Database"', {"c"}),
        ("updated >= -5m", {"a", "b", "c"}),
        ("updated >= 4102444800000", set()),
        ("created < 4102444800000", {"a", "b", "c"}),
        ("wait", {"c"}),
    ],
)
async def test_queries_are_really_evaluated(cloud: Caller, query: str, found: set[str]) -> None:
    register = cloud.site.register
    ids = {
        register("first", labels=["mail"]).id: "a",
        register("second", status="3", assignee="anna", priority="2").id: "b",
        register("wait for it", status="5", resolution="10000", components=["10101"]).id: "c",
    }
    told = (await cloud("POST", SEARCH, {"jql": query})).json()
    assert {ids[issue["id"]] for issue in told["issues"]} == found


async def test_quoted_dates_are_read_in_the_callers_zone_by_the_minute(cloud: Caller) -> None:
    issue = cloud.site.register("zoned")
    told = (await cloud("GET", f"/rest/api/3/issue/{issue.id}?fields=updated")).json()["fields"]["updated"]
    local = f"{told[:10]} {told[11:16]}"
    assert told[-5:] in ("+0100", "+0200")
    for query, there in ((f'updated >= "{local}"', True), (f'updated < "{local}"', False)):
        assert bool((await cloud("POST", SEARCH, {"jql": query})).json()["issues"]) is there


async def test_comments_are_public_unless_they_are_marked(cloud: Caller) -> None:
    issue = cloud.site.register("said")
    path = f"/rest/api/3/issue/{issue.id}/comment"
    flag = {"key": "sd.public.comment", "value": {"internal": True}}
    assert (await cloud("POST", path, {"body": from_wiki("a")})).json()["jsdPublic"] is True
    assert (await cloud("POST", path, {"body": from_wiki("b"), "properties": [flag]})).json()["jsdPublic"] is False
    assert (await cloud("POST", path, {"body": "c"})).status_code == 400, "version 3 takes documents"
    desk = f"/rest/servicedeskapi/request/{issue.key}/comment"
    assert (await cloud("POST", desk, {"body": "d"})).json()["public"] is True
    assert (await cloud("POST", desk, {"body": "e", "public": False})).json()["public"] is False
    move = {"transition": {"id": "711"}, "update": {"comment": [{"add": {"body": from_wiki("f")}}]}}
    assert (await cloud("POST", f"/rest/api/3/issue/{issue.id}/transitions", move)).status_code == 204
    assert [mail["text"] for mail in cloud.site.store.mail] == ["a", "d", "f"]
    agents = cloud.site.register("an agent's", by="bo")
    unknown = await cloud("POST", f"/rest/servicedeskapi/request/{agents.key}/comment", {"body": "x"})
    assert (unknown.status_code, "errorMessage" in unknown.json()) == (404, True)
    web = cloud.site.register("software", project="WEB", by="bo")
    told = await cloud("POST", f"/rest/servicedeskapi/request/{web.key}/comment", {"body": "x"})
    assert told.status_code == 403
    outside = await cloud("POST", f"/rest/api/3/issue/{web.id}/comment", {"body": from_wiki("x"), "properties": [flag]})
    assert outside.json()["jsdPublic"] is True, "outside of service projects it says nothing"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "specify a transition"),
        ({"transition": {"id": "771"}}, "illegal workflow operation"),
        ({"transition": {"id": "741"}}, "Resolution is required."),
        ({"transition": {"id": "711"}, "fields": {"resolution": {"name": "Done"}}}, "not on the appropriate screen"),
        ({"transition": {"id": "741"}, "fields": {"resolution": {"name": "Nope"}}}, "is invalid"),
    ],
)
async def test_a_move_that_the_workflow_does_not_allow_changes_nothing(
    cloud: Caller, body: dict[str, Any], words: str
) -> None:
    issue = cloud.site.register("stays")
    found = await cloud("POST", f"/rest/api/3/issue/{issue.id}/transitions", body)
    told = found.json()
    assert found.status_code == 400
    assert words in " ".join([*told["errorMessages"], *told["errors"].values()])
    assert issue.fields["status"] == "1"


async def test_links_are_made_once_and_say_nothing(cloud: Caller) -> None:
    first, second = cloud.site.register("a"), cloud.site.register("b")
    body = {"type": {"name": "Duplicate"}, "inwardIssue": {"key": first.key}, "outwardIssue": {"key": second.key}}
    for _ in range(2):
        found = await cloud("POST", "/rest/api/3/issueLink", body)
        assert (found.status_code, found.content) == (201, b"")
    assert first.links == [("10002", "outward", second.id)]


async def test_the_index_lags_and_the_store_does_not(cloud: Caller) -> None:
    issue = cloud.site.register("late")
    cloud.site.quirks.lag = 60.0
    cloud.site.save(issue.id, assignee="bo")
    new = cloud.site.register("later")
    ask = {"jql": "project = OPS ORDER BY created", "fields": ["assignee"]}
    (seen,) = (await cloud("POST", SEARCH, ask)).json()["issues"]
    assert (seen["id"], seen["fields"]["assignee"]) == (issue.id, None), "as it was, and the new one not at all"
    fresh = (await cloud("POST", SEARCH, {**ask, "reconcileIssues": [int(issue.id)]})).json()["issues"]
    assert [one["fields"]["assignee"]["displayName"] for one in fresh] == ["Bo Berg"]
    read = (await cloud("GET", f"/rest/api/3/issue/{issue.id}")).json()
    assert read["fields"]["assignee"]["displayName"] == "Bo Berg"
    assert (await cloud("GET", f"/rest/api/3/issue/{new.id}")).status_code == 200


async def test_operations_carries_out_later_and_tells_by_a_receipt(cloud: Caller) -> None:
    body = {"message": "disk", "alias": "OPS-1", "responders": [{"id": "e5c1-net", "type": "escalation"}]}
    receipt = (await cloud("POST", f"{OPS}/alerts", body)).json()
    path = f"{OPS}/alerts/requests/{receipt['requestId']}"
    assert (await cloud("GET", path)).status_code == 404
    cloud.site.store.skipped += 61
    told = (await cloud("GET", path)).json()
    assert told["isSuccess"] is True
    again = (await cloud("POST", f"{OPS}/alerts", body)).json()
    cloud.site.store.skipped += 61
    await cloud("GET", f"{OPS}/alerts/requests/{again['requestId']}")
    (alert,) = (await cloud("GET", f"{OPS}/alerts?query=status:open")).json()["values"]
    assert (alert["count"], alert["id"]) == (2, told["alertId"])
    assert "lastOccuredAt" in alert
    assert (await cloud("GET", f"{OPS}/alerts/{alert['tinyId']}")).status_code == 404
    assert (await cloud("GET", f"{OPS}/alerts?offset=19990&size=20")).status_code == 422


async def test_twenty_writes_in_two_seconds_are_the_most_for_one_issue(cloud: Caller) -> None:
    issue = cloud.site.register("written on")
    path = f"/rest/api/3/issue/{issue.id}/properties/x"
    told = [(await cloud("PUT", path, {"n": n})).status_code for n in range(21)]
    assert told[:20] == [201] + [200] * 19
    assert told[20] == 429


async def test_a_page_of_comments_has_a_hundred_at_most(cloud: Caller) -> None:
    from tests.doubles.jsm.rules import say

    issue = cloud.site.register("much said")
    for number in range(120):
        bo = cloud.site.store.users["bo"]
        say(cloud.site.store, issue, from_wiki(f"{number}"), bo, public=False, properties={})
    path = f"/rest/api/3/issue/{issue.id}/comment"
    assert len((await cloud("GET", f"{path}?maxResults=5000")).json()["comments"]) == 100
    assert len((await cloud("GET", f"{path}?maxResults=0")).json()["comments"]) == 1
    assert (await cloud("GET", f"{path}?orderBy=author")).status_code == 400
    assert (await cloud("GET", f"{path}?startAt=x")).status_code == 400
