"""How Alembic reaches the database: by the engine that `opening` hands it, in one transaction that has it alone."""

from alembic import context

from zenobia.store.schema import metadata

ALONE = {
    "sqlite": ["BEGIN IMMEDIATE"],
    "postgresql": ["BEGIN", "SELECT pg_advisory_xact_lock(7301406953)"],  # any number that nobody else locks
}

with context.config.attributes["engine"].connect() as connection:
    for statement in ALONE[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=False)
    context.run_migrations()
    connection.exec_driver_sql("COMMIT")
