"""Settings: one frozen object, read once from SIGHTLINE_* variables, passed down."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting has a name, a default, a unit in its name and a help text."""

    model_config = SettingsConfigDict(env_prefix="SIGHTLINE_", frozen=True, extra="forbid")

    home: Path = Field(
        default_factory=lambda: user_data_path("sightline"),
        description="Folder of the database, generations, uploads and thumbnails.",
    )
    database_url: str = Field(
        default="",
        description="SQLAlchemy URL; empty is SQLite in `home`. PostgreSQL: postgresql+psycopg://…",
    )
    model: str = Field(
        default="ViT-B-32-256/datacomp_s34b_b86k",
        description="Model spec of a gallery's first run where none is given.",
    )
    device: str = Field(
        default="auto", description="cuda, mps, cpu, or auto: the best one that is there."
    )
    precision: str = Field(
        default="auto", description="float32, bfloat16, float16, or auto: by the hardware."
    )
    offline: bool = Field(default=False, description="Never try to download weights.")
    busy_timeout_s: float = Field(
        default=30.0, gt=0, description="Seconds to wait for a locked database."
    )
    decode_workers: int = Field(
        default_factory=lambda: max(1, min(8, os.cpu_count() or 1)),
        ge=1,
        description="Processes that read and decode pictures.",
    )
    decode_timeout_s: float = Field(
        default=15.0, gt=0, description="Seconds one file may take to decode."
    )
    limit_bytes: int = Field(
        default=512 * 2**20, ge=1, description="Bytes a picture file may have."
    )
    limit_pixels: int = Field(
        default=250_000_000, ge=1, description="Pixels a picture may have before scaling."
    )
    limit_memory_bytes: int = Field(
        default=900 * 2**20,
        ge=2**26,
        description="Bytes of memory a decoding process may use above what it starts with.",
    )
    batch_size: int = Field(
        default=0, ge=0, description="Pictures embedded at once; 0 finds it from memory."
    )

    @property
    def sqlalchemy_url(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'sightline.db'}"

    @property
    def generations_path(self) -> Path:
        return self.home / "generations"
