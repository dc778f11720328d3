"""Sessions that have given their browser back until somebody speaks to them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("sessions", sa.Column("parked", sa.Boolean(), nullable=False, server_default=sa.false()))
