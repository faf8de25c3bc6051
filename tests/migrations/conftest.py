"""The databases of the catalogue's suite, for the schema's own tests."""

from tests.catalogue.conftest import databases, postgres, sqlite_databases

__all__ = ["databases", "postgres", "sqlite_databases"]
