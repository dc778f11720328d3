"""How Alembic reaches the database: through the engine that `opening.migrate` hands it, in one transaction."""

from alembic import context

from zenobia.store.schema import metadata

with context.config.attributes["engine"].connect() as connection:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=False)
    context.run_migrations()
    connection.exec_driver_sql("COMMIT")
