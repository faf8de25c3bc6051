"""Taxonomies, guesses of models, decisions of people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.REAL().with_variant(DOUBLE_PRECISION(), "postgresql")
BYTES = sa.LargeBinary()


def upgrade() -> None:
    _taxonomies()
    _guesses()
    op.create_table(
        "category_models",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("taxonomy_id", ID, nullable=False),
        sa.Column("space_id", EXACT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", BYTES, nullable=True),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("undoes", ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_category_models"),
        _owner("category_models", "taxonomy_id", "taxonomies"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_category_models_space_id"),
        _owner("category_models", "undoes", "category_models"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_category_models_taxonomy_id_space_id_kind",
        "category_models",
        ["taxonomy_id", "space_id", "kind"],
    )


def _taxonomies() -> None:
    op.create_table(
        "taxonomies",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("gallery_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", EXACT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_taxonomies"),
        _owner("taxonomies", "gallery_id", "galleries"),
        sa.UniqueConstraint("gallery_id", "folded", name="uq_taxonomies_gallery_id_folded"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "taxonomy_versions",
        sa.Column("taxonomy_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("taxonomy_id", "version", name="pk_taxonomy_versions"),
        _owner("taxonomy_versions", "taxonomy_id", "taxonomies"),
    )
    op.create_table(
        "categories",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("taxonomy_id", ID, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("folded", EXACT, nullable=False),
        sa.Column("folded_name", EXACT, nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_categories"),
        _owner("categories", "taxonomy_id", "taxonomies"),
        sa.UniqueConstraint("taxonomy_id", "folded", name="uq_categories_taxonomy_id_folded"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_categories_folded_name", "categories", ["folded_name"])
    op.create_table(
        "category_ancestors",
        sa.Column("category_id", ID, nullable=False),
        sa.Column("ancestor_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("category_id", "ancestor_id", name="pk_category_ancestors"),
        _owner("category_ancestors", "category_id", "categories"),
        _owner("category_ancestors", "ancestor_id", "categories"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_category_ancestors_ancestor_id", "category_ancestors", ["ancestor_id"])


def _guesses() -> None:
    op.create_table(
        "taxonomy_coverage",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("taxonomy_id", ID, nullable=False),
        sa.Column("space_id", EXACT, nullable=False),
        sa.Column("made_from", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("prototypes_digest", sa.Text(), nullable=False),
        sa.Column("prototypes", BYTES, nullable=True),
        sa.Column("logit_scale", sa.Float(), nullable=True),
        sa.Column("logit_bias", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_taxonomy_coverage"),
        _owner("taxonomy_coverage", "taxonomy_id", "taxonomies"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_taxonomy_coverage_space_id"),
        sa.UniqueConstraint(
            "taxonomy_id", "space_id", name="uq_taxonomy_coverage_taxonomy_id_space_id"
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "guesses",
        sa.Column("item_id", ID, nullable=False),
        sa.Column("coverage_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("category_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("probability", NUMBER, nullable=False),
        sa.Column("assigned", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("item_id", "coverage_id", "category_id", name="pk_guesses"),
        _owner("guesses", "item_id", "items"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_guesses_category_id_assigned",
        "guesses",
        ["category_id", "item_id"],
        sqlite_where=sa.text("assigned = 1"),
        postgresql_where=sa.text("assigned"),
    )
    op.create_table(
        "decisions",
        sa.Column("item_id", ID, nullable=False),
        sa.Column("category_id", ID, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("item_id", "category_id", name="pk_decisions"),
        _owner("decisions", "item_id", "items"),
        _owner("decisions", "category_id", "categories"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_decisions_category_id", "decisions", ["category_id"])


def _owner(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )


def downgrade() -> None:
    for table in (
        "category_models",
        "decisions",
        "guesses",
        "taxonomy_coverage",
        "category_ancestors",
        "categories",
        "taxonomy_versions",
        "taxonomies",
    ):
        op.drop_table(table)
