"""Which event a picture shows the page after; those from before are taken for the first."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("pictures", sa.Column("seq", sa.Integer(), nullable=False, server_default="0"))
