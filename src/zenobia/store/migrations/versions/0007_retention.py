"""Ended sessions are found by when they ended, for those that are not kept for ever."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    ended = sa.text("ended_at IS NOT NULL")
    op.create_index("ix_sessions_ended_at", "sessions", ["ended_at"], sqlite_where=ended, postgresql_where=ended)
