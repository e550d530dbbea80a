"""How long people may be in a meeting without a host, before a channel is told."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add a column."""
    with op.batch_alter_table("links") as links:
        links.add_column(sa.Column("no_host", sa.Integer))


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("links") as links:
        links.drop_column("no_host")
