"""Browsers that want to be called, and the requests for which they were."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "push_subscriptions",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.String(), nullable=False),
        sa.Column("auth", sa.String(), nullable=False),
        sa.Column("key", sa.String()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "endpoint", name="pk_push_subscriptions"),
    )
    op.add_column("requests", sa.Column("called", sa.Boolean(), nullable=False, server_default=sa.false()))
