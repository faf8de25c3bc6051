"""Where pictures come from: folders, archives, catalogues and file lists."""

from indexer.sources.opening import open_source

__all__ = ["open_source"]
