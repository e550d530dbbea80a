"""Prepared polls."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add a table."""
    op.create_table(
        "prepared_polls",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("channel_id", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("anonymous", sa.Boolean, nullable=False),
        sa.Column("hide_votes", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("by", sa.String(40)),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("until", sa.Float, nullable=False),
    )
    op.create_index("ix_prepared_polls_channel_id_position", "prepared_polls", ["channel_id", "position"])


def downgrade() -> None:
    """Take it away, with what is in it."""
    op.drop_index("ix_prepared_polls_channel_id_position", "prepared_polls")
    op.drop_table("prepared_polls")
