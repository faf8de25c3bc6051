"""Seams of the core, as Protocols that speak numpy and domain types."""
