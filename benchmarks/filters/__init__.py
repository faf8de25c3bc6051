"""Filters: what they cost in recall and time, and tags beside FAISS's own baseline for them."""
