"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBER = sa.REAL().with_variant(DOUBLE_PRECISION(), "postgresql")
BYTES = sa.LargeBinary()
EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("name", EXACT, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "spaces",
        sa.Column("id", EXACT, nullable=False),
        sa.Column("spec", EXACT, nullable=False),
        sa.Column("weights_digest", sa.Text(), nullable=False),
        sa.Column("dim", sa.Integer(), nullable=False),
        sa.Column("preprocessing", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_spaces"),
    )
    op.create_table(
        "galleries",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", EXACT, nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("pruned_below", sa.BigInteger(), nullable=False),
        sa.Column("active_space_id", EXACT, nullable=True),
        sa.Column("previous_space_id", EXACT, nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_galleries"),
        sa.ForeignKeyConstraint(
            ["active_space_id"], ["spaces.id"], name="fk_galleries_active_space_id"
        ),
        sa.ForeignKeyConstraint(
            ["previous_space_id"], ["spaces.id"], name="fk_galleries_previous_space_id"
        ),
        sa.UniqueConstraint("name", name="uq_galleries_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "generations",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("gallery_id", ID, nullable=False),
        sa.Column("space_id", EXACT, nullable=False),
        sa.Column("folder", EXACT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("n_rows", sa.BigInteger(), nullable=False),
        sa.Column("manifest_digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_generations"),
        sa.ForeignKeyConstraint(
            ["gallery_id"], ["galleries.id"], name="fk_generations_gallery_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_generations_space_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_generations_gallery_id_space_id", "generations", ["gallery_id", "space_id"])
    op.create_table(
        "roots",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("gallery_id", ID, nullable=False),
        sa.Column("path", EXACT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("device", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_roots"),
        sa.ForeignKeyConstraint(
            ["gallery_id"], ["galleries.id"], name="fk_roots_gallery_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("gallery_id", "path", name="uq_roots_gallery_id_path"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tags",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("gallery_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", EXACT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        sa.ForeignKeyConstraint(
            ["gallery_id"], ["galleries.id"], name="fk_tags_gallery_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("gallery_id", "folded", name="uq_tags_gallery_id_folded"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "gallery_spaces",
        sa.Column("gallery_id", ID, nullable=False),
        sa.Column("space_id", EXACT, nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("generation_id", ID, nullable=True),
        sa.Column("previous_generation_id", ID, nullable=True),
        sa.PrimaryKeyConstraint("gallery_id", "space_id", name="pk_gallery_spaces"),
        sa.ForeignKeyConstraint(
            ["gallery_id"],
            ["galleries.id"],
            name="fk_gallery_spaces_gallery_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_gallery_spaces_space_id"),
        sa.ForeignKeyConstraint(
            ["generation_id"],
            ["generations.id"],
            name="fk_gallery_spaces_generation_id",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["previous_generation_id"],
            ["generations.id"],
            name="fk_gallery_spaces_previous_generation_id",
            ondelete="SET NULL",
        ),
    )
    op.create_table(
        "items",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("gallery_id", ID, nullable=False),
        sa.Column("root_id", ID, nullable=False),
        sa.Column("key", EXACT, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
        sa.ForeignKeyConstraint(
            ["gallery_id"], ["galleries.id"], name="fk_items_gallery_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["root_id"], ["roots.id"], name="fk_items_root_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("root_id", "key", name="uq_items_root_id_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_items_gallery_id_revision", "items", ["gallery_id", "revision"])
    op.create_index("ix_items_gallery_id_state_id", "items", ["gallery_id", "state", "id"])
    op.create_table(
        "attributes",
        sa.Column("item_id", ID, nullable=False),
        sa.Column("key", EXACT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("folded", EXACT, nullable=False),
        sa.Column("head", EXACT, nullable=False),
        sa.Column("number", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("item_id", "key", name="pk_attributes"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name="fk_attributes_item_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_attributes_key_head", "attributes", ["key", "head"])
    op.create_index("ix_attributes_key_number", "attributes", ["key", "number"])
    op.create_table(
        "files",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("root_id", ID, nullable=False),
        sa.Column("path", EXACT, nullable=False),
        sa.Column("item_key", EXACT, nullable=True),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("folded_uri", EXACT, nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("scanned_at", sa.Float(), nullable=False),
        sa.Column("content_hash", EXACT, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("item_id", ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
        sa.ForeignKeyConstraint(
            ["root_id"], ["roots.id"], name="fk_files_root_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name="fk_files_item_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint(
            "root_id", "item_key", "ordinal", name="uq_files_root_id_item_key_ordinal"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_files_content_hash", "files", ["content_hash"])
    op.create_index("ix_files_item_id", "files", ["item_id"])
    op.create_index("ix_files_root_id_path", "files", ["root_id", "path"])
    op.create_index("ix_files_size_bytes", "files", ["size_bytes"])
    op.create_table(
        "item_tags",
        sa.Column("item_id", ID, nullable=False),
        sa.Column("tag_id", ID, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("item_id", "tag_id", name="pk_item_tags"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name="fk_item_tags_item_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name="fk_item_tags_tag_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_item_tags_tag_id", "item_tags", ["tag_id"])
    op.create_table(
        "views",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("gallery_id", ID, nullable=False),
        sa.Column("file_id", ID, nullable=True),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("content_hash", EXACT, nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("retired_revision", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_views"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name="fk_views_item_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["gallery_id"], ["galleries.id"], name="fk_views_gallery_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["files.id"], name="fk_views_file_id", ondelete="SET NULL"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_views_content_hash", "views", ["content_hash"])
    op.create_index("ix_views_file_id", "views", ["file_id"])
    op.create_index("ix_views_gallery_id_state_id", "views", ["gallery_id", "state", "id"])
    op.create_index("ix_views_item_id_id", "views", ["item_id", "id"])
    op.create_table(
        "claims",
        sa.Column("view_id", ID, nullable=False),
        sa.Column("space_id", EXACT, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("view_id", "space_id", name="pk_claims"),
        sa.ForeignKeyConstraint(
            ["view_id"], ["views.id"], name="fk_claims_view_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_claims_space_id"),
    )
    op.create_table(
        "embeddings",
        sa.Column("view_id", ID, nullable=False),
        sa.Column("space_id", EXACT, nullable=False),
        sa.Column("gallery_id", ID, nullable=False),
        sa.Column("vector", BYTES, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("view_id", "space_id", name="pk_embeddings"),
        sa.ForeignKeyConstraint(
            ["view_id"], ["views.id"], name="fk_embeddings_view_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_embeddings_space_id"),
        sa.ForeignKeyConstraint(
            ["gallery_id"], ["galleries.id"], name="fk_embeddings_gallery_id", ondelete="CASCADE"
        ),
    )
    op.create_index(
        "ix_embeddings_gallery_id_space_id_revision",
        "embeddings",
        ["gallery_id", "space_id", "revision"],
    )


def downgrade() -> None:
    for table in (
        "embeddings",
        "claims",
        "views",
        "item_tags",
        "files",
        "attributes",
        "items",
        "gallery_spaces",
        "tags",
        "roots",
        "generations",
        "galleries",
        "spaces",
        "leases",
    ):
        op.drop_table(table)
