"""`sightline demo`: index the small drawn gallery that ships with the program, and search it."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.classify import Guess, classify_files, open_model, show_guesses
from cli.commands.search import answer_document, band_of, nearby, show_answer
from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption, new_app
from cli.pictures import read_query_picture, thumbnail_opener
from cli.progress import listener
from cli.session import Session, open_session
from cli.sheet import CELL, write_sheet
from search.composition import PUSH_AWAY_WEIGHT, compose_query
from search.domain.query import ImageTerm, TextTerm

if TYPE_CHECKING:
    from indexer.report import IndexReport
    from search.domain.query import Answer, Query, Term

app = new_app()

GALLERY_NAME = "demo"
MODEL = "tiny"
SAMPLES = Path(__file__).parent.parent / "demo"
LABELS = ("snowman", "teapot", "car", "guitar", "butterfly", "castle")
LABELLED_PICTURE = "queries/snowman.jpg"
N_HITS = 5


@dataclass(frozen=True, slots=True)
class Example:
    """A query of the demo: its words, words it pushes away, a picture beside cli/demo/gallery."""

    text: str = ""
    minus: str = ""
    picture: str = ""

    @property
    def pictures(self) -> list[str]:
        return [str(SAMPLES / self.picture)] if self.picture else []

    @property
    def words(self) -> list[str]:
        """As one would type it behind `sightline`."""
        words = ["search", *([self.text] if self.text else [])]
        words += ["--not", self.minus] if self.minus else []
        return words + ["--image", nearby(str(SAMPLES / self.picture))] * bool(self.picture)


EXAMPLES = (
    Example(text="a red car"),
    Example(text="a bus", minus="red"),
    Example(picture="queries/turquoise-teapot.jpg"),
)


@app.command()
def demo(
    sheet: Annotated[
        Path,
        typer.Option("--sheet", metavar="OUT.png", help="Where to draw the hits as one picture."),
    ] = Path("sightline-demo.png"),
    gallery: GalleryOption = GALLERY_NAME,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Index a small drawn gallery and search it by words, by words minus words, and by a picture.

    The pictures and the model ship with the program. Running it again changes nothing.
    """
    with open_session(gallery, home, as_json) as session:
        # Full precision, so that it prints the same on every processor.
        session.settings = session.settings.model_copy(update={"precision": "float32"})
        report = _index(session)
        searcher = session.open_searcher()
        answers = [(example, searcher.answer(_query(session, example))) for example in EXAMPLES]
        guesses = classify_files(
            session, open_model(session, ""), [str(SAMPLES / LABELLED_PICTURE)], LABELS, top_k=3
        )
        bands = [
            band_of(answer, _heading(example), example.pictures) for example, answer in answers
        ]
        write_sheet(sheet, bands, thumbnail_opener(session.settings, CELL))
        if as_json:
            session.output.document(_document(report, answers, guesses, sheet))
            return ExitCode.DONE
        session.output.text(
            f"Indexed {SAMPLES / 'gallery'}: {report.new} new, {report.unchanged} unchanged "
            f"pictures in {report.took_s:.1f} s.\n"
        )
        for example, answer in answers:
            show_answer(session, answer, title=f"$ {_command(session, example.words)}")
            session.output.text()
        picture = nearby(str(SAMPLES / LABELLED_PICTURE))
        classify = ["classify", picture, "--labels", ",".join(LABELS), "--top-k", "3"]
        show_guesses(session, guesses, title=f"$ {_command(session, classify)}")
        session.output.text(_farewell(session, sheet))
        return ExitCode.DONE


def _index(session: Session) -> IndexReport:
    from indexer.reconcile import IndexOptions, index

    with session.output.progress("Indexing the sample gallery") as advance:
        return index(
            session.settings,
            session.catalogue,
            [SAMPLES / "gallery"],
            gallery_name=session.gallery_name,
            options=IndexOptions(model=MODEL),
            progress=listener(advance),
        )


def _query(session: Session, example: Example) -> Query:
    terms: list[Term] = []
    if example.minus:
        terms.append(TextTerm(example.minus, PUSH_AWAY_WEIGHT))
    if example.picture:
        path = SAMPLES / example.picture
        space = session.active_space()
        terms.append(ImageTerm(read_query_picture(path, space, session.settings)))
    return compose_query(example.text, terms=terms, limit=N_HITS)


def _heading(example: Example) -> str:
    if example.picture:
        return f"like {Path(example.picture).name}"
    return f"{example.text}, not {example.minus}" if example.minus else example.text


def _document(
    report: IndexReport,
    answers: list[tuple[Example, Answer]],
    guesses: list[Guess],
    sheet: Path,
) -> dict[str, object]:
    return {
        "index": report.to_dict(),
        "searches": [
            {"search": shlex.join(example.words[1:]), **answer_document(answer)}
            for example, answer in answers
        ],
        "classify": [guess.document() for guess in guesses],
        "sheet": str(sheet.absolute()),
    }


def _command(session: Session, words: list[str]) -> str:
    """A command line that can be typed as it stands, here and now."""
    home = nearby(str(session.settings.home))
    return shlex.join([_program(), *words, "--home", home, "--gallery", session.gallery_name])


def _program() -> str:
    return sys.argv[0] if Path(sys.argv[0]).name == "sightline" else "sightline"


def _farewell(session: Session, sheet: Path) -> str:
    name, home = _program(), shlex.quote(nearby(str(session.settings.home)))
    return "\n".join(
        [
            "",
            f"All hits as one picture: {sheet}",
            f"Ask for more:    {_command(session, ['search', 'three yellow ducks'])}",
            f"In a browser:    {name} serve --home {home}, then http://127.0.0.1:8000/",
            f"Your own photos: {name} index ~/Pictures, then {name} search 'a dog on a beach'",
        ]
    )
