"""Which pictures were kept of steps, of which there may be so many; those from before do not count."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("pictures", sa.Column("of_step", sa.Boolean(), nullable=False, server_default=sa.false()))
