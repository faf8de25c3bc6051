"""Generations and blobs as files and folders."""
