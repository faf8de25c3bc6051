"""What is too little to be shared among processors is computed by one.

To share it out takes as long as to compute it, and longer where other threads share out too: their
teams are more than there are processors, so each of its threads sleeps and is woken at every step.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch
from threadpoolctl import ThreadpoolController

FEW_PRODUCTS = 200_000_000
"""So many multiplications take one processor some milliseconds."""


@contextmanager
def alone() -> Iterator[None]:
    """What this thread computes meanwhile with torch is computed by this thread alone."""
    torch.get_num_threads()  # The first time in a thread this sets the number.
    with _openmp().limit(limits=1):
        yield


@cache
def _openmp() -> ThreadpoolController:
    """Its limit holds for the thread that sets it; that of other libraries' pools, for all."""
    return ThreadpoolController().select(user_api="openmp")
