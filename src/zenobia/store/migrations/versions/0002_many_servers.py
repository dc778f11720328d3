"""What servers have for each other: owned sessions quickly found, the active client of a workspace, errands."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    owned = sa.text("owner IS NOT NULL")
    op.create_index("ix_sessions_owner", "sessions", ["owner"], sqlite_where=owned, postgresql_where=owned)
    op.create_table(
        "audience",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", name=op.f("pk_audience")),
    )
    op.create_table(
        "errands",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("ask", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errands")),
    )
    op.create_index(op.f("ix_errands_server"), "errands", ["server"], unique=False)
