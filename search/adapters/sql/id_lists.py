"""Many ids at once, in a form that costs other threads nothing."""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection, Select, func, select

from search.adapters.sql.engine import is_sqlite
from search.domain.arrays import IdArray


def ids_of(connection: Connection, query: Select[tuple[int]]) -> IdArray:
    """The ids that a query of one column finds, int64, in no certain order.

    SQLite's driver lets go of Python's lock at each row and then waits for it again, which under
    load costs a filter of 10,000 items seconds. So the rows come joined together as one.
    """
    if not is_sqlite(connection):
        return np.fromiter(connection.execute(query).scalars(), dtype=np.int64)
    found = query.subquery()
    (column,) = found.c
    joined = connection.execute(select(func.group_concat(column)).select_from(found)).scalar()
    if joined is None:
        return np.empty(0, np.int64)
    return np.fromstring(str(joined), np.int64, sep=",")
