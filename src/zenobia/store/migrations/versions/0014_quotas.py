"""What each workspace holds, counted as it comes and goes."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "holdings",
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", name="pk_holdings"),
    )
    op.execute("INSERT INTO holdings SELECT workspace, count(*), sum(size) FROM files GROUP BY workspace")
