"""The database: tables, sessions, migrations and the repositories, the only place with SQL."""
