"""Taxonomies: import with a preview, export, list, assign, switch off."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.categories.showing import changes_document, show_changes
from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption
from cli.progress import listener
from cli.session import Session, open_session
from search.bootstrap import open_ready_made, ready_made_names
from search.categories.assigning import AssignReport
from search.categories.difference import Difference, difference
from search.categories.stored import StoredTaxonomy
from search.categories.taxonomy import Taxonomy
from search.categories.taxonomy_file import read_taxonomy, write_taxonomy
from search.errors import NotFoundError, UsageError

SourceArgument = Annotated[
    str,
    typer.Argument(metavar="FILE|NAME", help="A YAML file, - for stdin, or a ready-made one."),
]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The taxonomy's name.")]
SomeNamesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="NAME", help="Taxonomies; all active ones if none.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say which items would change and how; change nothing.")
]


def import_taxonomy(
    source: SourceArgument,
    dry_run: DryRunOption = False,
    no_assign: Annotated[
        bool, typer.Option("--no-assign", help="Keep it, and assign later.")
    ] = False,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Add a taxonomy, or a new version of one, and assign its categories to all items.

    What differs from the version before is shown first. Versions are kept, and what people have
    decided stays decided.
    """
    with open_session(gallery, home, as_json) as session:
        taxonomy = read_source(source)
        stored = _known(session, taxonomy.name)
        found = difference(stored.taxonomy if stored else None, taxonomy)
        version = 0 if stored is None else stored.taxonomy.version
        _show_difference(session, taxonomy, found, version)
        document: dict[str, Any] = {"taxonomy": taxonomy.name, **_difference_document(found)}
        report: AssignReport | None = None
        if dry_run:
            report = _foresee(session, taxonomy, stored)
        else:
            with session.catalogue.writing(session.gallery.id) as work:
                kept = work.store_taxonomy(taxonomy)
                work.commit()
            document["version"] = kept.taxonomy.version
            if not no_assign and _has_model(session):
                report = assign_taxonomies(session, [kept.name])[0]
        if report is not None:
            document |= changes_document(session, report, dry_run=dry_run)
            show_changes(session, report, dry_run=dry_run)
        session.output.document_if_json(document)
        return ExitCode.DONE


def export(
    name: NameArgument,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")
    ] = None,
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", help="An earlier version.")
    ] = None,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Write a taxonomy as YAML, as `categories import` reads it."""
    with open_session(gallery, home, as_json) as session:
        with session.catalogue.reading() as snapshot:
            stored = snapshot.taxonomy(session.gallery.id, name)
            taxonomy = stored.taxonomy
            if version is not None:
                taxonomy = snapshot.taxonomy_of_version(stored.id, version)
        text = write_taxonomy(taxonomy)
        if output is not None:
            output.write_text(text, encoding="utf-8")
            session.output.text(f"Wrote {output}.")
        elif not as_json:
            sys.stdout.write(text)
        session.output.document_if_json(
            {"taxonomy": taxonomy.name, "version": taxonomy.version, "yaml": text}
        )
        return ExitCode.DONE


def list_taxonomies(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Show this taxonomy's categories.")
    ] = "",
    versions: Annotated[
        bool, typer.Option("--versions", help="With NAME: its versions instead.")
    ] = False,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """List the taxonomies, or with NAME its categories and how many items each has."""
    with open_session(gallery, home, as_json) as session:
        if name and versions:
            rows = _versions(session, name)
        elif name:
            rows = _categories(session, name)
        else:
            rows = _taxonomies(session)
        session.output.table(
            [f"{key}#" if key in ("items", "version", "categories") else key for key in rows[0]]
            if rows
            else ["taxonomy"],
            [list(row.values()) for row in rows],
        )
        if as_json:
            session.output.document(rows)
        elif not name:
            session.output.text(f"Ready-made: {', '.join(ready_made_names()) or 'none'}.")
        return ExitCode.DONE


def assign(
    names: SomeNamesArgument = None,
    dry_run: DryRunOption = False,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Assign categories to every item that is new or was assigned from something older.

    Stored embeddings are enough: no picture is read. `sightline index` does this by itself.
    """
    with open_session(gallery, home, as_json) as session:
        if dry_run:
            with session.catalogue.reading() as snapshot:
                chosen = snapshot.taxonomies(session.gallery.id)
                if names:
                    chosen = [snapshot.taxonomy(session.gallery.id, name) for name in names]
            reports = [_foresee(session, stored.taxonomy, stored) for stored in chosen]
        else:
            reports = assign_taxonomies(session, names or [])
        if not reports:
            raise NotFoundError(
                "The gallery has no taxonomy.", hint="`sightline categories import` adds one."
            )
        for report in reports:
            show_changes(session, report, dry_run=dry_run)
        if as_json:
            session.output.document(
                [
                    {
                        "taxonomy": report.taxonomy,
                        **changes_document(session, report, dry_run=dry_run),
                    }
                    for report in reports
                ]
            )
        return ExitCode.DONE


def remove(
    name: NameArgument,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Switch a taxonomy off; importing it again brings it back, with what people decided."""
    with open_session(gallery, home, as_json) as session:
        with session.catalogue.reading() as snapshot:
            stored = snapshot.taxonomy(session.gallery.id, name)
        with session.catalogue.writing(session.gallery.id) as work:
            work.set_taxonomy_active(stored.id, False)
            work.commit()
        session.output.document_if_json({"removed": stored.name})
        session.output.text(f"Items no longer have the categories of {stored.name}.")
        return ExitCode.DONE


def read_source(source: str) -> Taxonomy:
    """A taxonomy from a file, stdin, or those that ship with the program.

    Raises:
        UsageError: a file that cannot be read.
        NotFoundError: neither a file nor ready-made.
    """
    if source == "-":
        return read_taxonomy(sys.stdin.read())
    path = Path(source)
    if not path.is_file() and path.suffix not in (".yaml", ".yml"):
        return open_ready_made(source)
    try:
        return read_taxonomy(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{source} cannot be read: {error}.", hint="Give a YAML file in UTF-8."
        ) from error


def _known(session: Session, name: str) -> StoredTaxonomy | None:
    with session.catalogue.reading() as snapshot:
        try:
            return snapshot.taxonomy(session.gallery.id, name)
        except NotFoundError:
            return None


def _has_model(session: Session) -> bool:
    return session.gallery.active_space_id is not None


def assign_taxonomies(session: Session, names: list[str]) -> list[AssignReport]:
    """Bring the taxonomies' categories up to date, or all of them."""
    from indexer.categorising import Categoriser
    from indexer.workshop import opener_from

    with session.output.progress("Assigning") as advance:
        return Categoriser(
            session.catalogue,
            session.gallery.id,
            opener_from(session.settings),
            progress=listener(advance),
        ).assign(names)


def _foresee(session: Session, taxonomy: Taxonomy, stored: StoredTaxonomy | None) -> AssignReport:
    from indexer.categorising import Categoriser
    from indexer.workshop import opener_from

    with session.output.progress("Trying") as advance:
        return Categoriser(
            session.catalogue,
            session.gallery.id,
            opener_from(session.settings),
            progress=listener(advance),
        ).foresee(taxonomy, stored)


def _show_difference(session: Session, taxonomy: Taxonomy, found: Difference, version: int) -> None:
    if not version:
        n_categories = len(taxonomy.paths())
        session.output.text(f"{taxonomy.name} is new, with {n_categories} categories.")
        return
    if not found:
        session.output.text(f"{taxonomy.name} is as it was in version {version}.")
        return
    rows = [("+", path) for path in found.added]
    rows += [("-", path) for path in found.removed]
    rows += [("~", path) for path in found.changed]
    rows += [("~", f"({name})") for name in found.settings]
    session.output.table(["", "category"], rows, title=f"Since version {version}:")


def _difference_document(found: Difference) -> Mapping[str, object]:
    return {
        "added": list(found.added),
        "removed": list(found.removed),
        "changed": list(found.changed),
        "settings": list(found.settings),
    }


def _taxonomies(session: Session) -> list[dict[str, object]]:
    with session.catalogue.reading() as snapshot:
        found = snapshot.taxonomies(session.gallery.id, also_inactive=True)
    return [
        {
            "taxonomy": one.name,
            "version": one.taxonomy.version,
            "categories": len(one.category_ids),
            "mode": one.taxonomy.mode.value,
            "active": "yes" if one.active else "no",
            "description": one.taxonomy.description,
        }
        for one in found
    ]


def _categories(session: Session, name: str) -> list[dict[str, object]]:
    with session.catalogue.reading() as snapshot:
        stored = snapshot.taxonomy(session.gallery.id, name)
        counts = snapshot.category_counts(stored.id, session.gallery.id)
    return [
        {"category": one.path, "items": counts.get(one.path, 0), "words": ", ".join(one.words)}
        for one in stored.taxonomy.walk()
    ]


def _versions(session: Session, name: str) -> list[dict[str, object]]:
    from datetime import UTC, datetime

    with session.catalogue.reading() as snapshot:
        stored = snapshot.taxonomy(session.gallery.id, name)
        found = snapshot.taxonomy_versions(stored.id)
    return [
        {
            "version": one.version,
            "categories": one.n_categories,
            "since": datetime.fromtimestamp(one.created_at, UTC).isoformat(timespec="seconds"),
        }
        for one in found
    ]
