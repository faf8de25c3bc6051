"""Taxonomies, and which of their categories a stored embedding belongs to."""
