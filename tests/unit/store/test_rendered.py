from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from voicegw.store.rendered import rendered
from voicegw.store.schema import UtcTime

_AT = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
_TABLE = sa.Table(
    "things",
    sa.MetaData(),
    sa.Column("name", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("at", UtcTime),
    sa.Column("size", sa.Integer),
)
_THINGS = _TABLE.c
_INNER = sa.select(sa.func.count()).where(_THINGS.size > sa.bindparam("least")).scalar_subquery()
_QUERY = sa.select(_THINGS.name, _THINGS.at, _INNER.label("larger")).where(
    _THINGS.kind.in_(["a", "b:c", "it's"]), _THINGS.at >= sa.bindparam("since", type_=UtcTime)
)


def test_the_text_finds_what_the_query_finds_and_gives_its_types() -> None:
    engine = sa.create_engine("sqlite://")
    rows = [
        {"name": name, "kind": kind, "at": _AT, "size": size}
        for name, kind, size in (("one", "a", 1), ("two", "b:c", 2), ("three", "it's", 3))
    ]
    rows += [{"name": "four", "kind": "d", "at": _AT, "size": 4}]
    values = {"least": 2, "since": _AT}
    with engine.begin() as connection:
        _TABLE.create(connection)
        connection.execute(_TABLE.insert(), rows)
        text = rendered(_QUERY, engine.dialect)
        found = connection.execute(text, values).all()
        assert found == connection.execute(_QUERY, values).all()
        assert [(row.name, row.at, row.larger) for row in found] == [
            ("one", _AT, 2), ("two", _AT, 2), ("three", _AT, 2)
        ]  # fmt: skip
    engine.dispose()


def test_only_parameters_without_a_value_stay_open() -> None:
    for kind in ("sqlite", "postgresql"):
        dialect = make_url(f"{kind}://").get_dialect()()
        compiled = rendered(_QUERY, dialect).compile(dialect=dialect)
        assert set(compiled.params) == {"least", "since"}
        assert "'b:c'" in str(compiled)
