"""A session that has ended can be taken up again: the event with which that was done last."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("sessions", sa.Column("since", sa.Integer(), nullable=False, server_default=sa.text("0")))
