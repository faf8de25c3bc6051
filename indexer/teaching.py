"""A classifier of one's own from a folder for each class: indexed, labelled, ready to be taught."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from indexer.labelled import read_labelled
from indexer.reconcile import IndexOptions, index
from indexer.report import ProgressListener, ignore_progress
from search.categories.examples import with_category
from search.categories.managing import known_taxonomy
from search.categories.stored import StoredTaxonomy
from search.categories.taxonomy import Mode
from search.domain.category import DecisionOrigin, Verdict
from search.domain.gallery import FailedFile
from search.errors import UsageError
from search.evaluation.labelled import class_name
from search.ports.catalogue import Catalogue
from search.settings import Settings


@dataclass(frozen=True, slots=True)
class FolderLabels:
    """What a folder for each class brought.

    Attributes:
        n_labels: items that were accepted for their folder's class, known ones included.
        n_new: those for which it is news.
        skipped: pictures that could not be read, or lie in no class's folder.
    """

    taxonomy: StoredTaxonomy
    n_labels: int
    n_new: int
    skipped: tuple[FailedFile, ...]


def labels_from_folders(
    settings: Settings,
    catalogue: Catalogue,
    folder: Path,
    *,
    gallery_name: str,
    taxonomy_name: str,
    model: str = "",
    progress: ProgressListener = ignore_progress,
) -> FolderLabels:
    """Index a folder that has a sub-folder for each class, and accept each picture for its class.

    A taxonomy that is new gets mode `single`; categories that are new are added to one that is
    there. Running it again, after pictures were added or moved, adds what is new.

    Raises:
        NotFoundError: there is no such folder.
        UsageError: it is none, or has pictures of fewer than two classes.
    """
    found = read_labelled(folder)
    names = sorted({class_name(picture.labels[0]) for picture in found.pictures if picture.labels})
    if len(names) < 2:
        raise UsageError(
            f"{folder} has pictures of fewer than two classes.",
            hint="Put the pictures of each class into a folder of its own, two or more in all.",
        )
    report = index(
        settings,
        catalogue,
        [str(folder)],
        gallery_name=gallery_name,
        options=IndexOptions(model=model or None),
        progress=progress,
    )
    stored = known_taxonomy(catalogue, gallery_name, taxonomy_name)
    taxonomy = None if stored is None else stored.taxonomy
    paths: dict[str, str] = {}
    for name in names:
        taxonomy, paths[name] = with_category(taxonomy, taxonomy_name, name, Mode.SINGLE)
    by_path: dict[str, list[int]] = {}
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery(gallery_name)
        for picture in found.pictures:
            mine = by_path.setdefault(paths[class_name(picture.labels[0])], [])
            mine += snapshot.find_items(gallery.id, picture.uri)[:1]
    with catalogue.writing(gallery.id) as work:
        kept = stored if taxonomy is None else work.store_taxonomy(taxonomy)
        if kept is None:
            raise UsageError(f"{folder} names no class.")
        n_new = sum(
            work.decide(ids, kept.category_ids[path], Verdict.ACCEPT, origin=DecisionOrigin.IMPORT)
            for path, ids in by_path.items()
        )
        work.commit()
    n_labels = sum(map(len, by_path.values()))
    return FolderLabels(kept, n_labels, n_new, (*found.skipped, *report.failed))
