"""Numbers of bytes as people read them."""

from __future__ import annotations


def size_text(n_bytes: int) -> str:
    """Such as `512 B`, `1.5 KiB`, `2.0 GiB`."""
    size, units = float(n_bytes), ["B", "KiB", "MiB", "GiB", "TiB"]
    while size >= 1024 and len(units) > 1:
        size /= 1024
        units.pop(0)
    return f"{size:.0f} B" if units[0] == "B" else f"{size:.1f} {units[0]}"
