"""Which page a session had been told of when a checkpoint of its browser was taken."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("checkpoints", sa.Column("seen", sa.String()))
    op.execute("UPDATE checkpoints SET seen = (SELECT url FROM sessions WHERE sessions.id = checkpoints.session)")
