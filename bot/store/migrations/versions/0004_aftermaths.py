"""What sessions leave behind."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add two tables."""
    op.create_table(
        "aftermaths",
        sa.Column("channel_id", sa.String(40), primary_key=True),
        sa.Column("session_id", sa.String(64), primary_key=True),
        sa.Column("meeting_id", sa.String(64), nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("ts", sa.String(40)),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("notes", sa.Boolean, nullable=False),
        sa.Column("due", sa.Float, nullable=False),
    )
    op.create_index("ix_aftermaths_due", "aftermaths", ["due"])
    op.create_index("ix_aftermaths_meeting_id", "aftermaths", ["meeting_id"])
    op.create_table(
        "leftovers",
        sa.Column("channel_id", sa.String(40), primary_key=True),
        sa.Column("session_id", sa.String(64), primary_key=True),
        sa.Column("item", sa.String(80), primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
    )


def downgrade() -> None:
    """Take them away, with what is in them."""
    op.drop_table("leftovers")
    op.drop_index("ix_aftermaths_meeting_id", "aftermaths")
    op.drop_index("ix_aftermaths_due", "aftermaths")
    op.drop_table("aftermaths")
