"""Repositories, migrations and the outbox: the only place with SQL."""
