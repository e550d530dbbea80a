"""Run by Alembic: uses the connection that it is given, within the transaction that is open."""

from alembic import context

from bot.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter much in place
)
context.run_migrations()
