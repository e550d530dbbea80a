"""Watches, rooms, cards, deliveries and blocks; a count of calls; what a linked channel is told."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add six tables, and two columns to the links."""
    with op.batch_alter_table("links") as links:
        links.add_column(sa.Column("notices", sa.String(10)))
        links.add_column(sa.Column("notices_at", MOMENT))
        links.create_index("ix_links_meeting_id", ["meeting_id"])
    op.create_index("ix_journal_meeting_id_at", "journal", ["meeting_id", "at"])
    op.create_table(
        "watches",
        sa.Column("channel_id", sa.String(40), primary_key=True),
        sa.Column("meeting_id", sa.String(64), primary_key=True),
        sa.Column("title", sa.Text),
        sa.Column("by", sa.String(40), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_watches_meeting_id", "watches", ["meeting_id"])
    op.create_table(
        "rooms",
        sa.Column("meeting_id", sa.String(64), primary_key=True),
        sa.Column("dirty", sa.Boolean, nullable=False),
        sa.Column("due", sa.Float, nullable=False),
        sa.Column("not_before", sa.Float, nullable=False),
        sa.Column("owner", sa.String(32)),
        sa.Column("lease", sa.Float, nullable=False),
        sa.Column("quiet", sa.Integer, nullable=False),
        sa.Column("spent", sa.JSON, nullable=False),
    )
    op.create_index("ix_rooms_due", "rooms", ["due"])
    op.create_table(
        "cards",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("channel_id", sa.String(40), nullable=False),
        sa.Column("meeting_id", sa.String(64), nullable=False),
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("by", sa.String(40)),
        sa.Column("ts", sa.String(40)),
        sa.Column("shown", sa.String(64)),
        sa.Column("at", MOMENT, nullable=False),
        sa.UniqueConstraint("channel_id", "session_id", "kind", name="uq_cards_channel_id_session_id_kind"),
    )
    op.create_index("ix_cards_meeting_id_state", "cards", ["meeting_id", "state"])
    op.create_table(
        "deliveries",
        sa.Column("uuid", sa.String(64), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.UniqueConstraint("digest", name="uq_deliveries_digest"),
    )
    op.create_index("ix_deliveries_at", "deliveries", ["at"])
    op.create_table(
        "blocks",
        sa.Column("meeting_id", sa.String(64), primary_key=True),
        sa.Column("person", sa.String(64), primary_key=True),
        sa.Column("channel_id", sa.String(40)),
        sa.Column("by", sa.String(40), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("told", sa.String(64)),
    )
    op.create_table(
        "calls",
        sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Take them away, with what is in them."""
    for table in ("calls", "blocks", "deliveries", "cards", "rooms", "watches"):
        op.drop_table(table)
    op.drop_index("ix_journal_meeting_id_at", "journal")
    with op.batch_alter_table("links") as links:
        links.drop_index("ix_links_meeting_id")
        links.drop_column("notices_at")
        links.drop_column("notices")
