"""Ivanti Neurons for ITSM (formerly HEAT, Ivanti Service Manager) over its OData and REST interface."""
