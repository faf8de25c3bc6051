"""Settings: one frozen object, read once from SIGHTLINE_* variables, passed down."""

from __future__ import annotations

import json
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
    search_device: str = Field(
        default="auto",
        description="What `sightline serve` compares vectors with: cuda, cuda:1, cpu, or auto: a "
        "GPU where there is one with room for them.",
    )
    offline: bool = Field(default=False, description="Never try to download weights.")
    busy_timeout_s: float = Field(
        default=30.0, gt=0, description="Seconds to wait for a locked database."
    )
    decode_workers: int = Field(
        default_factory=lambda: max(1, min(16, os.cpu_count() or 1)),
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
    url_hosts: tuple[str, ...] = Field(
        default=(),
        description="Hosts that pictures may be fetched from by URL, by the command line and by "
        'callers of /classify, as a JSON list; ["*"] is every public one. Private addresses are '
        "never asked.",
    )
    batch_size: int = Field(
        default=0, ge=0, description="Pictures embedded at once; 0 finds it from memory."
    )

    index_text_recall: float = Field(
        default=0.985,
        gt=0,
        le=1,
        description="Share of the exact first ten that the index of more than 150,000 views is "
        "tuned to find for words, when it is built; `sightline tune --apply` keeps another with a "
        "gallery.",
    )
    index_picture_recall: float = Field(
        default=0.99, gt=0, le=1, description="The same for pictures."
    )

    # The service

    api_keys_required: bool = Field(
        default=False,
        description="Ask for a key on loopback too; beyond loopback, and once a key has been "
        "made, one is always asked for.",
    )
    anonymous_galleries: tuple[str, ...] = Field(
        default=(),
        description="Galleries that anyone may search without a key, as a JSON list of names.",
    )
    anonymous_originals: bool = Field(
        default=False, description="Serve originals, too, to those who search without a key."
    )
    cors_origins: tuple[str, ...] = Field(
        default=(),
        description="Origins whose pages may call the service, such as "
        '["https://shop.example"]; those of embed keys are always allowed.',
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        description="Host names by which the service may be called where no key is asked for, "
        "besides localhost.",
    )
    session_hours: float = Field(
        default=12.0, gt=0, description="Hours that an administrator's sign-in lasts."
    )
    workers: int = Field(
        default=1,
        ge=1,
        description="Processes that `sightline serve` answers with, each with the model in memory; "
        "they share out SEARCH_THREADS, QUEUE_SIZE and DECODE_WORKERS.",
    )
    pin_workers: bool = Field(
        default=True,
        description="Where several processes answer, each runs on its share of the processors "
        "alone, on Linux: up to a tenth more answers. Turn it off where other programs keep some "
        "of the processors busy.",
    )
    search_threads: int = Field(
        default_factory=lambda: max(8, min(32, 4 * (os.cpu_count() or 1))),
        ge=1,
        description="Searches that are worked on at the same time.",
    )
    shadow_share: float = Field(
        default=0.001,
        ge=0,
        le=1,
        description="Share of the searches in galleries of more than 150,000 views that are asked "
        "again, exactly: for `sightline_index_recall` in /metrics, and for the index, which reads "
        "more where answers keep falling short. Each costs up to some seconds.",
    )
    queue_size: int = Field(
        default=256,
        ge=1,
        description="Requests that may wait for their turn; beyond it the answer is 429.",
    )
    upload_limit_bytes: int = Field(
        default=64 * 2**20, ge=1, description="Bytes that a request's body may have."
    )
    upload_timeout_s: float = Field(
        default=120.0, gt=0, description="Seconds that a request's body may take to arrive."
    )
    upload_idle_s: float = Field(
        default=15.0, gt=0, description="Seconds that a request's body may pause while arriving."
    )
    rate_limit_key: str = Field(
        default="1200/minute", description="Requests a key may make, pictures apart."
    )
    rate_limit_address: str = Field(
        default="600/minute",
        description="Requests an address may make without a key, pictures apart.",
    )
    rate_limit_pictures: str = Field(
        default="12000/minute", description="Pictures a key or an address may fetch."
    )
    background_worker: bool = Field(
        default=True,
        description="Embed uploads inside `sightline serve`; switch off where "
        "`sightline worker` does it.",
    )
    classifiers: tuple[str, ...] = Field(
        default=(),
        description="Classifiers that callers of /classify may name, as a JSON list such as "
        '["timm:resnet50"]; no other is ever loaded.',
    )
    hf_gallery: str = Field(
        default="default", description="Gallery whose model answers the Hugging Face endpoints."
    )
    hf_classifier: str = Field(
        default="",
        description="Taxonomy that the Hugging Face image classification uses; empty is the "
        "active one, or the ready-made `everyday`.",
    )

    @property
    def sqlalchemy_url(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'sightline.db'}"

    @property
    def generations_path(self) -> Path:
        return self.home / "generations"

    @property
    def uploads_path(self) -> Path:
        return self.home / "uploads"

    @property
    def previews_path(self) -> Path:
        return self.home / "previews"

    @property
    def relevance_path(self) -> Path:
        return self.home / "relevance"

    def as_environment(self) -> dict[str, str]:
        """The environment in which another process reads the same settings."""
        environment = {**os.environ}
        for name, value in self.model_dump(mode="json").items():
            text = value if isinstance(value, str) else json.dumps(value)
            environment[f"SIGHTLINE_{name.upper()}"] = text
        return environment
