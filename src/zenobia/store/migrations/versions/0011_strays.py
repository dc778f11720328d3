"""Blobs that nothing names: what a server that dies leaves behind is known."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "strays",
        sa.Column("blob", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("blob", name=op.f("pk_strays")),
    )
    op.create_index(op.f("ix_strays_since"), "strays", ["since"], unique=False)
