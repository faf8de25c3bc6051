"""One job from bytes to an outcome, inside a decoding process."""

from __future__ import annotations

import warnings
from collections.abc import Callable

from indexer.decoding.decode import decode_picture, prepare_codecs
from indexer.decoding.wire import Outcome
from indexer.decoding.worker import Job, WorkerSettings, digest
from indexer.sources.readers import ReaderCache
from search.errors import PictureError


class PictureReader:
    """Reads jobs one after the other; keeps archives open between them."""

    def __init__(self, settings: WorkerSettings, on_progress: Callable[[], None]) -> None:
        self._preprocessing = settings.preprocessing
        self._limits = settings.limits
        self._readers = ReaderCache(on_progress)
        prepare_codecs(settings.limits)

    def read(self, job: Job) -> Outcome:
        """What became of the job; every failure becomes a reason."""
        content_hash: str | None = None
        try:
            content = self._readers.read(
                job.root_path, job.root_kind, job.path, self._limits.n_bytes
            )
            content_hash = digest(content)
            if content_hash in job.known_hashes:
                return Outcome(content_hash)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return self._decode(job, content, content_hash)
        except PictureError as exc:
            return Outcome(content_hash, reason=exc.message)
        except MemoryError:
            return Outcome(content_hash, reason=self._out_of_memory())
        except RecursionError:
            return Outcome(content_hash, reason="The file is nested too deeply to be a picture.")
        except Exception as exc:  # A decoder may raise anything; only this picture is lost.
            return Outcome(content_hash, reason=f"The picture cannot be read: {_one_line(exc)}.")

    def _decode(self, job: Job, content: bytes, content_hash: str) -> Outcome:
        decoded = decode_picture(
            content,
            job.path,
            content_hash,
            preprocessing=self._preprocessing,
            limits=self._limits,
            pixels_wanted=job.pixels_wanted,
        )
        image = decoded.image
        if image is None:
            return Outcome(content_hash, picture=decoded.picture)
        return Outcome(
            content_hash,
            picture=decoded.picture,
            pixels=image.tobytes(),
            shape=(image.height, image.width, 3),
        )

    def _out_of_memory(self) -> str:
        allowed = self._limits.memory_bytes // 2**20
        return f"The picture needs more memory to decode than the {allowed} MiB allowed."


def _one_line(exc: Exception) -> str:
    text = " ".join(str(exc).split()).rstrip(".")
    return text[:200] or type(exc).__name__
