"""A complete ITSM backend of our own, on one SQLite file in the data folder."""
