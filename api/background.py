"""The worker: takes jobs under leases and works them off, inside `serve` or apart from it.

It embeds what was uploaded with the model that searches use, behind them in the queue; index
building and model switches run in a process of their own, which a thread of its own waits for, so
that uploads are found meanwhile. A worker that is killed loses nothing:
another takes its jobs over when their lease has run out.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from api.assigning import work_off
from api.heartbeat import LEASE_S, Heartbeat
from api.uploads import Uploads
from indexer.categorising import Categoriser
from indexer.embedding import EmbedderOpener
from indexer.folding import MIN_OVERLAY_ROWS, OVERLAY_SHARE, fold_in_background, space_of
from indexer.leases import new_holder
from indexer.reconcile import IndexOptions, index
from indexer.report import IndexReport, Progress
from indexer.stopping import StopRequest
from search.domain.gallery import Gallery
from search.domain.indexing import RootKind
from search.domain.item import ItemState, TagOrigin
from search.domain.service import Job, JobKind
from search.errors import SightlineError
from search.ports.catalogue import Catalogue
from search.settings import Settings

POLL_S = 1.0
"""How long a job that another process added may wait to be noticed."""

HERE: tuple[JobKind, ...] = (JobKind.UPLOAD, JobKind.ASSIGN)
APART: tuple[JobKind, ...] = (JobKind.REINDEX,)
"""Jobs that are worked off in this process, and in one of their own: each in turn."""

MOST_TOGETHER = 64
"""Uploads that are embedded in one go."""

FORGET_AFTER_S = 7 * 86_400.0
FORGET_EVERY_S = 3600.0

_log = logging.getLogger("sightline.worker")


class Worker:
    """Runs in threads of its own between `start` and `stop`.

    Args:
        open_embedder: opens a model for indexing by its spec.
    """

    def __init__(
        self, settings: Settings, catalogue: Catalogue, open_embedder: EmbedderOpener
    ) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._jobs = catalogue.job_store
        self._open_embedder = open_embedder
        self._uploads = Uploads(settings, catalogue)
        self._holder = new_holder()
        self._stop = StopRequest()
        self._wakes = {kinds: threading.Event() for kinds in (HERE, APART)}
        self._process: subprocess.Popen[str] | None = None
        self._folds: dict[tuple[int, str], subprocess.Popen[bytes]] = {}
        self._n_unfolded: dict[tuple[int, str], int] = {}
        self._forgotten_at = -FORGET_EVERY_S
        self._thread = threading.Thread(target=self._run, name="sightline-worker", daemon=True)
        self._reindexing = threading.Thread(
            target=self._take_jobs, args=(APART,), name="sightline-reindexing", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Look for jobs now: one has just been added."""
        for wake in self._wakes.values():
            wake.set()

    def stop(self) -> None:
        """End after the transaction at hand; what is left waits for the next worker."""
        self._stop.ask()
        self.wake()
        process = self._process
        if process is not None:
            process.terminate()
        if self._thread.ident is not None:
            self._thread.join()

    def run_until_stopped(self) -> None:
        """Work in the calling thread."""
        self._run()

    def ask_to_stop(self) -> None:
        """`stop` without waiting, for signal handlers."""
        self._stop.ask()
        self.wake()
        if self._process is not None:
            self._process.terminate()

    def _run(self) -> None:
        self._reindexing.start()
        self._attempt(self._sweep)
        self._take_jobs(HERE)
        self._reindexing.join()
        self._end_folds()
        self._attempt(lambda: self._jobs.release_jobs(self._holder))

    def _take_jobs(self, kinds: tuple[JobKind, ...]) -> None:
        wake = self._wakes[kinds]
        while not self._stop.asked:
            self._forget_old_jobs()
            if not self._attempt(lambda: self._work_once(kinds)):
                wake.wait(POLL_S)
                wake.clear()

    def _forget_old_jobs(self) -> None:
        if time.monotonic() - self._forgotten_at > FORGET_EVERY_S:
            self._forgotten_at = time.monotonic()
            self._attempt(lambda: self._jobs.forget_jobs(FORGET_AFTER_S))

    def _attempt(self, step: Any) -> Any:
        """The step's result, None where it failed; the worker goes on."""
        try:
            return step()
        except KeyboardInterrupt:
            return None
        except SightlineError as error:
            _log.warning("%s %s", error.message, error.hint)
        except Exception:
            _log.exception("A fault in the worker")
        return None

    def _work_once(self, kinds: Collection[JobKind]) -> bool:
        """Work off one job, or some uploads together; whether there was one."""
        jobs = self._jobs.claim_jobs(
            self._holder, lease_s=LEASE_S, limit=MOST_TOGETHER, kinds=kinds
        )
        if not jobs:
            return False
        with Heartbeat(self._jobs, self._holder, [job.id for job in jobs]) as heartbeat:
            try:
                if jobs[0].kind is JobKind.UPLOAD:
                    self._embed_uploads(jobs, heartbeat)
                elif jobs[0].kind is JobKind.ASSIGN:
                    for job in jobs:
                        self._assign(job, heartbeat)
                else:
                    for job in jobs:
                        self._reindex(job, heartbeat)
            except KeyboardInterrupt:
                raise
            except SightlineError as error:
                self._fail(jobs, error.message, error.hint)
            except Exception:
                _log.exception("A fault in a job")
                self._fail(jobs, "The service failed at this job.", "The log has the details.")
        return True

    def _fail(self, jobs: Sequence[Job], message: str, hint: str) -> None:
        for job in jobs:
            self._jobs.fail_job(job.id, self._holder, message, hint)

    # Uploads

    def _sweep(self) -> None:
        """Index whatever a crash left between a file and its job."""
        with self._catalogue.reading() as snapshot:
            galleries = list(snapshot.galleries())
        for gallery in galleries:
            folder = self._uploads.folder(gallery.id)
            if folder.is_dir() and any(folder.iterdir()):
                self._attempt(lambda g=gallery, f=folder: self._index(g, [f], lambda _: None))

    def _embed_uploads(self, jobs: Sequence[Job], heartbeat: Heartbeat) -> None:
        gallery = self._gallery(jobs[0].gallery_id)
        paths = [Path(file["path"]) for job in jobs for file in job.request["files"]]
        there = [path for path in dict.fromkeys(paths) if path.is_file()]
        heartbeat.total = len(paths)

        def progress(seen: Progress) -> None:
            heartbeat.note, heartbeat.done = seen.stage.value, min(seen.done, len(paths))

        report = self._index(gallery, there, progress) if there else None
        failed = {} if report is None else {one.uri: one.reason for one in report.failed}
        for job in jobs:
            result = self._result(gallery, job, failed)
            heartbeat.drop(job.id)
            self._jobs.finish_job(job.id, self._holder, result)

    def _index(self, gallery: Gallery, targets: Sequence[Path], progress: Any) -> IndexReport:
        root = str(self._uploads.folder(gallery.id))
        with self._catalogue.reading() as snapshot:
            known = any(one.path == root for one in snapshot.roots(gallery.id))
        if not known:
            with self._catalogue.writing(gallery.id) as work:
                work.root(root, RootKind.FOLDER, Path(root).stat().st_dev)
                work.commit()
        report = index(
            self._settings,
            self._catalogue,
            targets,
            gallery_name=gallery.name,
            options=IndexOptions(fold=False),
            progress=progress,
            open_embedder=self._open_embedder,
            stop=self._stop,
        )
        if report.space is not None:
            self._fold_if_due(gallery.id, report.space, report.embedded + report.copied)
        return report

    def _result(self, gallery: Gallery, job: Job, failed: dict[str, str]) -> dict[str, Any]:
        """Which item each file became; with its tags, and back again if it had been deleted."""
        items: list[dict[str, Any]] = []
        failures: list[dict[str, Any]] = []
        with self._catalogue.reading() as snapshot:
            known = {one.uri: one.reason for one in snapshot.failed_files(gallery.id)}
            for file in job.request["files"]:
                found = snapshot.find_items(gallery.id, file["path"])
                if found:
                    items.append({"name": file["name"], "item": found[0]})
                else:
                    reason = failed.get(file["path"]) or known.get(file["path"]) or "It is gone."
                    failures.append({"name": file["name"], "reason": reason})
            ids = [one["item"] for one in items]
            states = {one.id: one.state for one in snapshot.items(gallery.id, ids)}
        deleted = [one for one in ids if states.get(one) is ItemState.DELETED]
        tags = job.request.get("tags", [])
        if deleted or (tags and ids):
            with self._catalogue.writing(gallery.id) as work:
                if deleted:
                    work.restore_items(deleted)
                if tags and ids:
                    work.add_tags(ids, tags, origin=TagOrigin.PERSON)
                work.commit()
        return {"items": items, "failed": failures}

    def _fold_if_due(self, gallery_id: int, space_id: str, n_new: int) -> None:
        """Fold in another process when enough has come, one at a time for each space."""
        key = (gallery_id, space_id)
        with self._catalogue.reading() as snapshot:
            space = space_of(snapshot, snapshot.gallery_by_id(gallery_id), space_id)
            n_rows = 0
            if space.generation_id is not None:
                n_rows = snapshot.generation(space.generation_id).n_rows
        self._n_unfolded[key] = self._n_unfolded.get(key, 0) + n_new
        enough = max(MIN_OVERLAY_ROWS, int(OVERLAY_SHARE * n_rows))
        if n_rows and self._n_unfolded[key] <= enough:
            return
        running = self._folds.get(key)
        if running is None or running.poll() is not None:
            self._folds[key] = fold_in_background(self._settings, gallery_id, space_id)
            self._n_unfolded[key] = 0

    def _end_folds(self) -> None:
        """A fold that is cut short leaves nothing that anybody names."""
        for process in self._folds.values():
            process.terminate()
            process.wait()

    def _gallery(self, gallery_id: int) -> Gallery:
        with self._catalogue.reading() as snapshot:
            return snapshot.gallery_by_id(gallery_id)

    # Categories

    def _assign(self, job: Job, heartbeat: Heartbeat) -> None:
        def progress(seen: Progress) -> None:
            heartbeat.note, heartbeat.done = seen.stage.value, seen.done
            heartbeat.total = seen.total

        categoriser = Categoriser(
            self._catalogue, job.gallery_id, self._open_embedder, progress, self._stop
        )
        result = work_off(categoriser, job.request)
        heartbeat.drop(job.id)
        self._jobs.finish_job(job.id, self._holder, result)

    # Reindexing

    def _reindex(self, job: Job, heartbeat: Heartbeat) -> None:
        gallery = self._gallery(job.gallery_id)
        request = json.dumps({"gallery": gallery.name, **job.request})
        command = [sys.executable, "-m", "api.reindexing", request]
        self._process = subprocess.Popen(
            command,
            env=self._settings.as_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        outcome: dict[str, Any] = {}
        try:
            with self._process as process:
                for line in process.stdout or ():
                    said = json.loads(line)
                    if "note" in said:
                        heartbeat.note, heartbeat.done = said["note"], said["done"]
                        heartbeat.total = said["total"]
                    else:
                        outcome = said
        finally:
            self._process = None
        self._stop.leave_if_asked()
        heartbeat.drop(job.id)
        if "result" in outcome:
            self._jobs.finish_job(job.id, self._holder, outcome["result"])
        else:
            error = outcome.get("error", "The process that did this ended before it was done.")
            self._jobs.fail_job(job.id, self._holder, error, outcome.get("hint", ""))
