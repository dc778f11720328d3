"""Which sessions have an owner, quickly found."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    owned = sa.text("owner IS NOT NULL")
    op.create_index("ix_sessions_owner", "sessions", ["owner"], sqlite_where=owned, postgresql_where=owned)
