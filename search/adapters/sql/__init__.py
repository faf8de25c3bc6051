"""The catalogue in SQL: SQLite by default, PostgreSQL by URL."""

from search.adapters.sql.catalogue import SqlCatalogue, migrate, open_catalogue

__all__ = ["SqlCatalogue", "migrate", "open_catalogue"]
