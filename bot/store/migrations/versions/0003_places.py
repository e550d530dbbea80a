"""Places in meetings."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add a table."""
    op.create_table(
        "places",
        sa.Column("meeting_id", sa.String(64), primary_key=True),
        sa.Column("person", sa.String(120), primary_key=True),
        sa.Column("participant_id", sa.String(64)),
        sa.Column("preset", sa.String(120)),
        sa.Column("owner", sa.String(32)),
        sa.Column("until", sa.Float, nullable=False),
        sa.Column("invited_until", MOMENT),
        sa.Column("invited_preset", sa.String(120)),
        sa.Column("used_at", MOMENT, nullable=False),
    )


def downgrade() -> None:
    """Take it away, with what is in it."""
    op.drop_table("places")
