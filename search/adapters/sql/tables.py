"""Every table, and why each index is there. Ids are never used again (AUTOINCREMENT)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from search.adapters.sql.types import Bytes, Exact, Id, Number, PathText

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _owner(name: str, target: str, **options: Any) -> Column[Any]:
    """A column that belongs to a row of another table and goes with it."""
    return Column(name, ForeignKey(target, ondelete="CASCADE"), nullable=False, **options)


spaces = Table(
    "spaces",
    metadata,
    Column("id", Exact, primary_key=True),
    Column("spec", PathText, nullable=False),
    Column("weights_digest", Text, nullable=False),
    Column("dim", Integer, nullable=False),
    Column("preprocessing", Text, nullable=False),
)

galleries = Table(
    "galleries",
    metadata,
    _id(),
    Column("name", Exact, nullable=False),
    Column("epoch", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("pruned_below", BigInteger, nullable=False),
    Column("active_space_id", ForeignKey("spaces.id")),
    Column("previous_space_id", ForeignKey("spaces.id")),
    Column("created_at", Float, nullable=False),
    Column("wanted_text_recall", Float),
    Column("wanted_picture_recall", Float),
    UniqueConstraint("name"),
    sqlite_autoincrement=True,
)

generations = Table(
    "generations",
    metadata,
    _id(),
    _owner("gallery_id", "galleries.id"),
    Column("space_id", ForeignKey("spaces.id"), nullable=False),
    Column("folder", PathText, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("n_rows", BigInteger, nullable=False),
    Column("manifest_digest", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Index(None, "gallery_id", "space_id"),
    sqlite_autoincrement=True,
)

gallery_spaces = Table(
    "gallery_spaces",
    metadata,
    _owner("gallery_id", "galleries.id", primary_key=True),
    Column("space_id", ForeignKey("spaces.id"), primary_key=True),
    Column("wanted", Boolean, nullable=False),
    Column("generation_id", ForeignKey("generations.id", ondelete="SET NULL")),
    Column("previous_generation_id", ForeignKey("generations.id", ondelete="SET NULL")),
)

roots = Table(
    "roots",
    metadata,
    _id(),
    _owner("gallery_id", "galleries.id"),
    Column("path", PathText, nullable=False),
    Column("kind", Text, nullable=False),
    Column("device", BigInteger),
    UniqueConstraint("gallery_id", "path"),
    sqlite_autoincrement=True,
)

# `key` is null when a newer item has taken the place of a missing one.
items = Table(
    "items",
    metadata,
    _id(),
    _owner("gallery_id", "galleries.id"),
    _owner("root_id", "roots.id"),
    Column("key", PathText),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    UniqueConstraint("root_id", "key"),
    Index(None, "gallery_id", "revision"),  # catching up
    Index(None, "gallery_id", "state", "id"),  # live items in order of id
    sqlite_autoincrement=True,
)

# `item_key` is null where a newer file has taken the slot; `folded_uri` is what filters compare.
files = Table(
    "files",
    metadata,
    _id(),
    _owner("root_id", "roots.id"),
    Column("path", PathText, nullable=False),
    Column("item_key", PathText),
    Column("ordinal", Integer, nullable=False),
    Column("folded_uri", Exact, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("scanned_at", Float, nullable=False),
    Column("content_hash", Exact),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("item_id", ForeignKey("items.id", ondelete="CASCADE")),
    UniqueConstraint("root_id", "item_key", "ordinal"),
    Index(None, "root_id", "path"),  # a folder's files
    Index(None, "content_hash"),  # moves
    Index(None, "size_bytes"),  # moves, before anything is hashed
    Index(None, "item_id"),
    sqlite_autoincrement=True,
)

views = Table(
    "views",
    metadata,
    _id(),
    _owner("item_id", "items.id"),
    _owner("gallery_id", "galleries.id"),
    Column("file_id", ForeignKey("files.id", ondelete="SET NULL")),
    Column("ordinal", Integer, nullable=False),
    Column("content_hash", Exact, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("retired_revision", BigInteger),
    Index(None, "item_id", "id"),
    Index(None, "gallery_id", "state", "id"),  # live views in order of id
    Index(None, "file_id"),
    Index(None, "content_hash"),  # equal content reuses its embedding
    sqlite_autoincrement=True,
)

embeddings = Table(
    "embeddings",
    metadata,
    _owner("view_id", "views.id", primary_key=True),
    Column("space_id", ForeignKey("spaces.id"), primary_key=True),
    _owner("gallery_id", "galleries.id"),
    Column("vector", Bytes, nullable=False),  # float16, little-endian
    Column("revision", BigInteger, nullable=False),
    Index(None, "gallery_id", "space_id", "revision"),  # catching up
)

claims = Table(
    "claims",
    metadata,
    _owner("view_id", "views.id", primary_key=True),
    Column("space_id", ForeignKey("spaces.id"), primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("expires_at", Float, nullable=False),
)

# `folded` is what filters compare; `head` is its start, short enough for any index.
attributes = Table(
    "attributes",
    metadata,
    _owner("item_id", "items.id", primary_key=True),
    Column("key", Exact, primary_key=True),
    Column("text", Text, nullable=False),
    Column("folded", Exact, nullable=False),
    Column("head", Exact, nullable=False),
    Column("number", Number),
    Index(None, "key", "number"),
    Index(None, "key", "head"),
    sqlite_with_rowid=False,
)

tags = Table(
    "tags",
    metadata,
    _id(),
    _owner("gallery_id", "galleries.id"),
    Column("name", Text, nullable=False),
    Column("folded", Exact, nullable=False),
    UniqueConstraint("gallery_id", "folded"),
    sqlite_autoincrement=True,
)

# `removed` remembers that a person took a tag off, so that the next scan does not put it back.
item_tags = Table(
    "item_tags",
    metadata,
    _owner("item_id", "items.id", primary_key=True),
    _owner("tag_id", "tags.id", primary_key=True),
    Column("origin", Text, nullable=False),
    Column("removed", Boolean, nullable=False),
    Index(None, "tag_id"),
    sqlite_with_rowid=False,
)

# A released lease keeps its row: its token only ever grows.
leases = Table(
    "leases",
    metadata,
    Column("name", Exact, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("expires_at", Float, nullable=False),
)

# A key's secret is kept as its SHA-256 only. `gallery_ids`: a JSON list; null is every gallery.
api_keys = Table(
    "api_keys",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("prefix", Exact, nullable=False),
    Column("secret_hash", Exact, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("gallery_ids", Text),
    Column("origin", Text),
    Column("created_at", Float, nullable=False),
    Column("last_used_at", Float),
    Column("revoked_at", Float),
    UniqueConstraint("secret_hash"),
    sqlite_autoincrement=True,
)

api_sessions = Table(
    "api_sessions",
    metadata,
    Column("token_hash", Exact, primary_key=True),
    _owner("key_id", "api_keys.id"),
    Column("expires_at", Float, nullable=False),
    Index(None, "key_id"),
)

# A running job is its holder's until `expires_at`; then another worker takes it over.
jobs = Table(
    "jobs",
    metadata,
    Column("id", Exact, primary_key=True),
    _owner("gallery_id", "galleries.id"),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer),
    Column("note", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Column("holder", Text, nullable=False),
    Column("expires_at", Float, nullable=False),
    Index(None, "gallery_id", "state"),
    Index(None, "state", "created_at"),  # the oldest that waits
)

# A taxonomy's present version; `document` is its YAML. What is not active keeps its decisions.
taxonomies = Table(
    "taxonomies",
    metadata,
    _id(),
    _owner("gallery_id", "galleries.id"),
    Column("name", Text, nullable=False),
    Column("folded", Exact, nullable=False),
    Column("version", Integer, nullable=False),
    Column("mode", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("document", Text, nullable=False),
    UniqueConstraint("gallery_id", "folded"),
    sqlite_autoincrement=True,
)

taxonomy_versions = Table(
    "taxonomy_versions",
    metadata,
    _owner("taxonomy_id", "taxonomies.id", primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("created_at", Float, nullable=False),
)

# A category keeps its id over versions, by its path; `removed` ones keep what people decided.
categories = Table(
    "categories",
    metadata,
    _id(),
    _owner("taxonomy_id", "taxonomies.id"),
    Column("path", Text, nullable=False),
    Column("folded", Exact, nullable=False),
    Column("folded_name", Exact, nullable=False),
    Column("removed", Boolean, nullable=False),
    UniqueConstraint("taxonomy_id", "folded"),
    Index(None, "folded_name"),
    sqlite_autoincrement=True,
)

# Each category of the present version with itself and all above it.
category_ancestors = Table(
    "category_ancestors",
    metadata,
    _owner("category_id", "categories.id", primary_key=True),
    _owner("ancestor_id", "categories.id", primary_key=True),
    Index(None, "ancestor_id"),
    sqlite_with_rowid=False,
)

# Up to which revision a taxonomy's guesses in a space are made, and from what; `prototypes` are
# float32 and kept because some models take minutes to embed a thousand classes' prompts.
taxonomy_coverage = Table(
    "taxonomy_coverage",
    metadata,
    _id(),
    _owner("taxonomy_id", "taxonomies.id"),
    Column("space_id", ForeignKey("spaces.id"), nullable=False),
    Column("made_from", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("prototypes_digest", Text, nullable=False),
    Column("prototypes", Bytes),
    Column("logit_scale", Float),
    Column("logit_bias", Float),
    UniqueConstraint("taxonomy_id", "space_id"),
    sqlite_autoincrement=True,
)

# Written by the million, so only the item is a foreign key; coverage and category are deleted by
# hand with what they belong to.
guesses = Table(
    "guesses",
    metadata,
    _owner("item_id", "items.id", primary_key=True),
    Column("coverage_id", BigInteger, primary_key=True, autoincrement=False),
    Column("category_id", BigInteger, primary_key=True, autoincrement=False),
    Column("probability", Number, nullable=False),
    Column("assigned", Boolean, nullable=False),
    Index(
        "ix_guesses_category_id_assigned",
        "category_id",
        "item_id",
        sqlite_where=text("assigned = 1"),
        postgresql_where=text("assigned"),
    ),
    sqlite_with_rowid=False,
)

# What people say of an item: it carries no space, and no model changes it.
decisions = Table(
    "decisions",
    metadata,
    _owner("item_id", "items.id", primary_key=True),
    _owner("category_id", "categories.id", primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("decided_at", Float, nullable=False),
    Index(None, "category_id"),
    sqlite_with_rowid=False,
)

# Calibrations and heads, newest last; a row that names another in `undoes` takes it back.
category_models = Table(
    "category_models",
    metadata,
    _id(),
    _owner("taxonomy_id", "taxonomies.id"),
    Column("space_id", ForeignKey("spaces.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Bytes),
    Column("report", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("undoes", ForeignKey("category_models.id", ondelete="CASCADE")),
    Index(None, "taxonomy_id", "space_id", "kind"),
    sqlite_autoincrement=True,
)
