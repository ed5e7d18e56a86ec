"""Queries whose text is made once, for what every call waits for. Pure.

SQLAlchemy finds a query that it has compiled before by walking through all of it: for a large one
that takes as long as the database's work. A text is found by itself.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.sql import visitors

_MARK: Final = "\x01"
"""Stands before the name of an open parameter, and in no text otherwise."""


def rendered(query: sa.Select[Any], dialect: sa.Dialect) -> sa.TextualSelect:
    """Return `query` as text for `dialect`: its constants are in it, its parameters stay open.

    Open are those of :func:`sqlalchemy.bindparam` without a value. The columns of the rows have the
    names and types of the query's own.
    """
    parameters = {
        one.key: one
        for one in visitors.iterate(query)
        if isinstance(one, sa.BindParameter) and one.required
    }
    named: Any = visitors.replacement_traverse(query, {}, _named)
    text = str(named.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    # A colon that is a constant's or a cast's begins no parameter.
    text = text.replace(":", r"\:").replace(_MARK, ":")
    typed = [sa.bindparam(key, type_=one.type) for key, one in parameters.items()]
    # By name and type only: else what their expressions need would be asked for once more.
    columns = [sa.column(one.key, one.type) for one in query.selected_columns if one.key]
    return sa.text(text).bindparams(*typed).columns(*columns)


def _named(element: Any, **_: Any) -> Any:
    """Return what stands for an open parameter in the text; None leaves an element as it is."""
    if isinstance(element, sa.BindParameter) and element.required:
        return sa.literal_column(f"{_MARK}{element.key}", element.type)
    return None
