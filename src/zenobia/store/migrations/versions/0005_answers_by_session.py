"""Which session an answer is about, so that it can be forgotten with it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("answers", sa.Column("session", sa.String(), nullable=True))
    op.create_index(op.f("ix_answers_session"), "answers", ["session"], unique=False)
