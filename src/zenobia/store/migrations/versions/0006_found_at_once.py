"""What every server looks for is found without reading what it does not look for."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    owned = sa.text("owner IS NOT NULL")
    op.create_index("ix_sessions_lease_until", "sessions", ["lease_until"], sqlite_where=owned, postgresql_where=owned)
    op.create_index(
        "ix_sessions_claimable",
        "sessions",
        ["status", "number"],
        sqlite_where=sa.text("owner IS NULL AND ended_at IS NULL AND parked IS 0"),
        postgresql_where=sa.text("owner IS NULL AND ended_at IS NULL AND parked IS false"),
    )
    op.create_index("ix_requests_session_status", "requests", ["session", "status"])
    op.drop_index("ix_requests_session", "requests")
