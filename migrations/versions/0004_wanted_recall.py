"""Index recall that a gallery wants, kept with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = ("wanted_text_recall", "wanted_picture_recall")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("galleries", sa.Column(name, sa.Float(), nullable=True))


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("galleries", name)
