"""Lists as the interface gives them: `$filter`, `$search`, `$orderby`, `$skip`, `$top`, `$select`, and moments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from tests.doubles.ivanti.grammar import BadFilter, parse
from tests.doubles.ivanti.tenant import Row, Tenant


class BadOptions(Exception):
    """Refused with this status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def listed(
    tenant: Tenant, name: str, rows: Iterable[Row], options: Mapping[str, str], *, nulls: bool = False, v2: bool = False
) -> tuple[list[Row], int]:
    """The page that `options` ask for, and how many there are. Raises BadOptions.

    `nulls`: a saved search keeps all keys and empties those that are not selected.
    """
    fields = tenant.fields[name]
    found = list(rows)
    if "$filter" in options:
        try:
            test = parse(options["$filter"], fields, v2=v2)
        except BadFilter as error:
            raise BadOptions(400, str(error)) from None
        found = [row for row in found if test(row)]
    if "$search" in options:
        found = [row for row in found if _matches(row, options["$search"])]
    ordered = _ordered(found, fields, options)
    if ordered is None:
        return [], 0
    top = _number(options.get("$top"), tenant.quirks.page_rows)
    if top > tenant.quirks.most_rows:
        raise BadOptions(400, f"You cannot query more than {tenant.quirks.most_rows} records")
    skip = _number(options.get("$skip"), 0)
    page = ordered[skip : skip + top]
    return [_selected(tenant, name, row, options, nulls) for row in page], len(ordered)


def shown(tenant: Tenant, name: str, row: Row) -> dict[str, Any]:
    """One object as JSON can carry it."""
    kinds = tenant.fields[name]
    return {key: told(tenant, value, kinds.get(key, "text")) for key, value in row.items()}


def told(tenant: Tenant, value: Any, kind: str) -> Any:
    """One value: a moment with the tenant's zone, or how the tenant says that there is none."""
    if kind != "moment":
        return value
    if value is None:
        return "0001-01-01T00:00:00Z" if tenant.quirks.sentinel else None
    assert isinstance(value, datetime)
    zone = timezone(timedelta(hours=tenant.quirks.offset_hours)) if tenant.quirks.offset_hours else UTC
    return value.astimezone(zone).isoformat().replace("+00:00", "Z")


def _selected(tenant: Tenant, name: str, row: Row, options: Mapping[str, str], nulls: bool) -> dict[str, Any]:
    whole = shown(tenant, name, row)
    if "$select" not in options:
        return whole
    wanted = [field.strip() for field in options["$select"].split(",")]
    if wanted == [""]:
        raise BadOptions(500, "Unhandled system exception: &lt;empty select&gt;")
    if nulls:
        return {key: value if key in wanted else None for key, value in whole.items()}
    for field in wanted:
        if field not in whole:
            raise BadOptions(400, f"Could not find a property named '{field}'")
    return {field: whole[field] for field in wanted}


def _ordered(rows: list[Row], fields: Mapping[str, str], options: Mapping[str, str]) -> list[Row] | None:
    """None where the field or direction is unknown: the answer then looks empty."""
    if "$orderby" not in options:
        return sorted(rows, key=lambda row: row["CreatedDateTime"], reverse=True)
    text = options["$orderby"]
    if not text.strip():
        raise BadOptions(500, "Unhandled system exception: &lt;blank order&gt;")
    for part in reversed(text.split(",")):
        field, _, direction = part.strip().partition(" ")
        if field not in fields or direction.strip() not in ("", "asc", "desc"):
            return None
        rows = sorted(
            rows,
            key=lambda row, f=field: (row.get(f) is not None, row.get(f) or 0),
            reverse=direction.strip() == "desc",
        )
    return rows


def _number(text: str | None, default: int) -> int:
    try:
        return default if text is None else int(text)
    except ValueError:
        raise BadOptions(400, "Invalid OData query") from None


def _matches(row: Row, text: str) -> bool:
    words = re.findall(r"\w+", " ".join(str(row.get(f) or "") for f in ("Subject", "Symptom"))) if row else []
    lowered = [word.casefold() for word in words]
    return any(
        all(any(word.startswith(part.casefold()) for word in lowered) for part in group.split())
        for group in text.split(" or ")
        if group.split()
    )
