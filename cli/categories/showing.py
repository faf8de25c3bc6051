"""What assigning changed, or would change, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence

from cli.session import Session
from search.categories.assigning import AssignReport

SHOWN_MOVES = 20
SHOWN_EXAMPLES = 10


def show_changes(session: Session, report: AssignReport, *, dry_run: bool) -> None:
    """One sentence, what became of what, and with a dry run some of the items."""
    from cli.commands.search import nearby

    output = session.output
    if report.up_to_date:
        output.text(f"{report.taxonomy}: every item is up to date.")
        return
    changes = "would change" if dry_run else "changed"
    output.text(
        f"{report.taxonomy}: the model gives {report.n_assigned} of {report.n_items} items a "
        f"category; {report.n_changed} {changes}."
    )
    moves = report.moves.most_common(SHOWN_MOVES)
    if not moves:
        return
    output.table(["items#", "before", "after"], [(n, _words(a), _words(b)) for (a, b), n in moves])
    if len(report.moves) > SHOWN_MOVES:
        output.text(f"and {len(report.moves) - SHOWN_MOVES} more kinds of change")
    if dry_run:
        uris = _uris(session, report)
        rows = [
            (one.item_id, nearby(uris.get(one.item_id, "")), _words(one.before), _words(one.after))
            for one in report.examples[:SHOWN_EXAMPLES]
        ]
        output.table(["item#", "picture", "before", "after"], rows, title="Such as:")


def changes_document(session: Session, report: AssignReport, *, dry_run: bool) -> dict[str, object]:
    """As JSON shows it; at most 200 items are named."""
    uris = _uris(session, report)
    return {
        "dry_run": dry_run,
        "items": report.n_items,
        "assigned": report.n_assigned,
        "changed_items": report.n_changed,
        "moves": [
            {"before": list(before), "after": list(after), "items": n}
            for (before, after), n in report.moves.most_common()
        ],
        "examples": [
            {
                "item": one.item_id,
                "uri": uris.get(one.item_id, ""),
                "before": list(one.before),
                "after": list(one.after),
            }
            for one in report.examples
        ],
    }


def _uris(session: Session, report: AssignReport) -> dict[int, str]:
    ids = [one.item_id for one in report.examples]
    with session.catalogue.reading() as snapshot:
        return {one.id: one.uri for one in snapshot.items(session.gallery.id, ids)}


def _words(paths: Sequence[str]) -> str:
    return ", ".join(paths) or "none"
