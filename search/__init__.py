"""The core of Sightline: domain words, errors, ports, retrieval and classification.

Importing this package loads no torch, faiss or sqlalchemy: those live behind `search.adapters`,
and `search.bootstrap` imports them when something is opened.
"""

__version__ = "0.1.0"
