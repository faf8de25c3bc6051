"""`sightline search`: by words, by pictures, by items of the gallery, or by all of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption, WhereOption, new_app
from cli.pictures import read_query_picture, thumbnail_opener
from cli.references import resolve_items
from cli.session import Session, open_session
from cli.sheet import CELL, Band, Tile, write_sheet
from cli.terms import split_file_weight, split_weight
from search.composition import PUSH_AWAY_WEIGHT, compose_query
from search.domain.query import Answer, Hit, ImageTerm, ItemTerm, Term, TextTerm
from search.errors import UsageError
from search.hints import hint_for
from search.relevance.scale import LINE

app = new_app()

PAST_LINE = "probably not what you asked for"
NOTHING_MATCHES = "Nothing here really matches; these came nearest."

TextArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TEXT",
        help="What to look for, as in a search box: red car -people tag:beach after:2024-01-01",
    ),
]
ImageOption = Annotated[
    list[str] | None,
    typer.Option("--image", "-i", metavar="FILE", help="Look for what resembles this picture."),
]
LikeOption = Annotated[
    list[str] | None,
    typer.Option("--like", metavar="ITEM", help="Look for what resembles this item."),
]
AlsoOption = Annotated[
    list[str] | None, typer.Option("--also", metavar="TEXT", help="Add words to the query.")
]
NotOption = Annotated[
    list[str] | None, typer.Option("--not", metavar="TEXT", help="Push these words away.")
]
LimitOption = Annotated[int, typer.Option("-k", "--limit", metavar="N", help="Most hits to show.")]
SheetOption = Annotated[
    Path | None,
    typer.Option("--sheet", metavar="OUT.png", help="Draw the hits as one picture as well."),
]
Print0Option = Annotated[
    bool, typer.Option("--print0", help="Print only paths, each ended by NUL, for xargs -0.")
]


@app.command()
def search(
    text: TextArgument = None,
    image: ImageOption = None,
    like: LikeOption = None,
    also: AlsoOption = None,
    not_: NotOption = None,
    where: WhereOption = "",
    limit: LimitOption = 10,
    sheet: SheetOption = None,
    print0: Print0Option = False,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Find items by words, by pictures, by items of the gallery, or by all of them together.

    Behind --image, --like, --also and --not, `@WEIGHT` weighs a term: --also "at night@0.5". The
    weight is 1 where none is given, and -0.5 with --not. A file of exactly the name typed is
    always that file, whatever stands behind its last @.
    """
    if print0 and as_json:
        raise UsageError("--print0 and --json exclude each other.", hint="Leave one of them out.")
    with open_session(gallery, home, as_json) as session:
        box = " ".join(text or [])
        terms = _terms(session, image or [], like or [], also or [], not_ or [])
        query = compose_query(box, terms=terms, where=where, limit=limit)
        answer = session.open_searcher().answer(query)
        if sheet is not None:
            heading = _heading(box, image, like, also, not_, where)
            pictures = [str(split_file_weight(typed)[0].resolve()) for typed in image or []]
            band = band_of(answer, heading, pictures)
            write_sheet(sheet, [band], thumbnail_opener(session.settings, CELL))
        if print0:
            sys.stdout.write("".join(f"{hit.item.uri}\0" for hit in answer.hits))
        elif as_json:
            session.output.document(answer_document(answer))
        else:
            show_answer(session, answer)
            if sheet is not None:
                session.output.text(f"Contact sheet: {sheet}")
        with session.catalogue.reading() as snapshot:
            gallery_row = snapshot.gallery(session.gallery.name)
            hint = hint_for(snapshot, gallery_row, query, len(answer.hits))
        if hint:
            session.output.note(hint)
        return ExitCode.DONE


def _terms(
    session: Session, images: list[str], like: list[str], also: list[str], not_: list[str]
) -> list[Term]:
    terms: list[Term] = []
    for typed in images:
        path, weight = split_file_weight(typed)
        picture = read_query_picture(path, session.active_space(), session.settings)
        terms.append(ImageTerm(picture, 1.0 if weight is None else weight))
    for typed in like:
        found = split_weight(typed)
        (item_id,) = resolve_items(session, [found.text])
        terms.append(ItemTerm(item_id, found.weight_or(1.0)))
    for typed in also:
        found = split_weight(typed)
        terms.append(TextTerm(found.text, found.weight_or(1.0)))
    for typed in not_:
        found = split_weight(typed)
        terms.append(TextTerm(found.text, -abs(found.weight_or(PUSH_AWAY_WEIGHT))))
    return terms


def answer_document(answer: Answer) -> dict[str, object]:
    """An answer in the shape that programs rely on."""
    return {
        "hits": [
            {
                "item": hit.item.id,
                "uri": hit.item.uri,
                "score": hit.score,
                "relevance": None if hit.relevance is None else round(hit.relevance, 4),
                "tags": list(hit.item.tags),
                "categories": [one.path for one in hit.item.categories],
            }
            for hit in answer.hits
        ],
        "took_ms": round(answer.took_ms, 3),
        "space": answer.space_id,
        "exact": answer.exact,
    }


def show_answer(session: Session, answer: Answer, title: str = "") -> None:
    """Hits as a table, best first; paths below the working folder are shown from there."""
    if not answer.hits:
        session.output.text(f"{title}\nNothing found." if title else "Nothing found.")
        return
    has_titles = any(hit.item.title for hit in answer.hits)
    columns = ["place#", "score#", "relevance#", "item#", "picture"]
    columns += ["title"] if has_titles else []
    rows = [_row(place, hit)[: len(columns)] for place, hit in enumerate(answer.hits, start=1)]
    n_good = n_probable(answer.hits)
    line = (n_good, PAST_LINE) if n_good < len(rows) else None
    session.output.table(columns, rows, title=title, line=line)
    if n_good == 0:
        session.output.text(NOTHING_MATCHES)


def n_probable(hits: Sequence[Hit]) -> int:
    """How many of the hits, best first, probably answer; all where nothing is known."""
    return sum(hit.relevance is None or hit.relevance >= LINE for hit in hits)


def _row(place: int, hit: Hit) -> list[object]:
    relevance = "" if hit.relevance is None else f"{hit.relevance:.2f}"
    return [place, hit.score, relevance, hit.item.id, nearby(hit.item.uri), hit.item.title]


def band_of(answer: Answer, heading: str, pictures: Sequence[str] = ()) -> Band:
    """The answer as one band of a contact sheet; `pictures` are the query's own."""
    tiles = [
        Tile(hit.item.uri, hit.item.title or Path(hit.item.uri).name, hit.score)
        for hit in answer.hits
    ]
    n_hits = "1 hit" if len(tiles) == 1 else f"{len(tiles)} hits"
    detail = f"{n_hits}, best first; cosine similarity at the right"
    return Band(heading, tiles, detail, pictures)


def nearby(uri: str) -> str:
    """The path as seen from the working folder, where it lies below it."""
    path, here = Path(uri), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else uri


def _heading(
    box: str,
    image: list[str] | None,
    like: list[str] | None,
    also: list[str] | None,
    not_: list[str] | None,
    where: str,
) -> str:
    parts = [box] if box else []
    parts += [f"like {Path(name).name}" for name in image or []]
    parts += [f"like item {name}" for name in like or []]
    parts += [f"also {words}" for words in also or []]
    parts += [f"not {words}" for words in not_ or []]
    parts += [f"where {where}"] if where else []
    return ", ".join(parts)
