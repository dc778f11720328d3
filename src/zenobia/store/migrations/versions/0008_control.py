"""Who drives a session's browser, while that is a person."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("sessions", sa.Column("control", sa.Text(), nullable=True))
