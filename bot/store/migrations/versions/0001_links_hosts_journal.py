"""Links, hosts and the journal."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Add the three tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "links",
        sa.Column("channel_id", sa.String(40), primary_key=True),
        sa.Column("meeting_id", sa.String(64), nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("by", sa.String(40), nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    op.create_table(
        "hosts",
        sa.Column("channel_id", sa.String(40), primary_key=True),
        sa.Column("member_id", sa.String(40), primary_key=True),
        sa.Column("by", sa.String(40), nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("intent", sa.String(64)),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("channel_id", sa.String(40)),
        sa.Column("meeting_id", sa.String(64)),
        sa.Column("title", sa.Text),
        sa.Column("people", sa.JSON),
        sa.Column("detail", sa.Text),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("response_url", sa.Text),
        sa.Column("at", moment, nullable=False),
        sa.Column("beat", sa.Float, nullable=False),
        sa.UniqueConstraint("intent", name="uq_journal_intent"),
    )
    op.create_index("ix_journal_channel_id_at", "journal", ["channel_id", "at"])
    op.create_index("ix_journal_state_beat", "journal", ["state", "beat"])


def downgrade() -> None:
    """Take them away, with what is in them."""
    for table in ("journal", "hosts", "links"):
        op.drop_table(table)
