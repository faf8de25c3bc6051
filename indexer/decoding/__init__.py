"""Bytes to pixels, in processes that may crash."""
