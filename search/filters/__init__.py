"""Filters: one syntax for the search box, `--where` and HTTP's `where`."""
