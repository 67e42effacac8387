"""`$metadata`: fields, relationships, quick actions and saved searches of a set, as CSDL."""

from __future__ import annotations

from collections.abc import Mapping

from tests.doubles.ivanti import stock
from tests.doubles.ivanti.actions import known
from tests.doubles.ivanti.tenant import Tenant

_TYPES = {"text": "Edm.String", "number": "Edm.Int32", "flag": "Edm.Boolean", "moment": "Edm.DateTimeOffset"}


def document(tenant: Tenant, name: str) -> str:
    """The schema of a set; an unknown one has an empty type."""
    singular = name.removesuffix("s")
    fields = tenant.fields.get(name, {})
    properties = "".join(f'<Property Name="{f}" Type="{_TYPES[kind]}"/>' for f, kind in fields.items())
    ours = name == "incidents"
    links = "".join(
        f'<NavigationProperty Name="{relation}" Type="Collection(MetaData.{target.removesuffix("s")})"/>'
        for relation, target in stock.RELATIONS.items()
        if ours
    )
    calls = _calls("Action", known(tenant)) + _calls("Function", stock.SEARCHES) if ours else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        '<Schema Namespace="MetaData" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
        f'<EntityType Name="{singular}"><Key><PropertyRef Name="RecId"/></Key>{properties}{links}</EntityType>{calls}'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )


def _calls(kind: str, names: Mapping[str, str]) -> str:
    return "".join(
        f'<{kind} Name="{name}" IsBound="true"><Parameter Name="ActionId" Type="Edm.String">'
        f'<Annotation Term="DefaultValue" String="{id}"/></Parameter></{kind}>'
        for name, id in names.items()
    )
