"""A stateful stand-in for an Ivanti Neurons for ITSM tenant with stock content; `python -m tests.doubles.ivanti`."""

from tests.doubles.ivanti.quirks import Quirks
from tests.doubles.ivanti.server import IvantiDouble
from tests.doubles.ivanti.tenant import Row, Tenant

__all__ = ["IvantiDouble", "Quirks", "Row", "Tenant"]
