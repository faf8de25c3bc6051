"""`sightline classify`: say which of some labels, or a classifier's classes, fit a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.exits import ExitCode
from cli.names import read_names
from cli.options import GalleryOption, HomeOption, JsonOption, ModelOption, new_app
from cli.pictures import fetch_fitted_picture, read_fitted_picture
from cli.session import Session, open_session
from search.classification import DEFAULT_TEMPLATES, ClassProbability, best, checked_labels
from search.domain.space import Preprocessing
from search.errors import NotFoundError, SightlineError, UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

    from search.ports.embedder import Embedder

app = new_app()

BATCH = 64

ImagesArgument = Annotated[
    list[str], typer.Argument(metavar="IMAGE", help="Picture files to look at, or URLs.")
]
LabelsOption = Annotated[
    list[str] | None,
    typer.Option("--labels", "-l", metavar="A,B,...", help="What a picture may show: cat,dog"),
]
TemplateOption = Annotated[
    list[str] | None,
    typer.Option(
        "--template", metavar="TEXT", help='A sentence with {} for the label: "a photo of a {}."'
    ),
]
TaxonomyOption = Annotated[
    str,
    typer.Option(
        "--taxonomy", "-t", metavar="NAME", help="A taxonomy of the gallery, or a ready-made one."
    ),
]
TopOption = Annotated[
    int | None, typer.Option("--top-k", metavar="N", help="Show the N likeliest labels only.")
]
ClassifierOption = Annotated[
    str,
    typer.Option(
        "--classifier",
        metavar="SPEC",
        help="A model with classes of its own: timm:resnet50, or timm:resnet50@FILE.",
    ),
]
NamesOption = Annotated[
    Path | None,
    typer.Option("--names", metavar="FILE", help="The classifier's class names, one a line."),
]

TOP_OF_A_CLASSIFIER = 5

Classify = Callable[["list[Image]"], list[list[ClassProbability]]]


@dataclass(frozen=True, slots=True)
class Guess:
    """What one picture shows, likeliest first, or why it could not be read."""

    uri: str
    labels: tuple[ClassProbability, ...] = ()
    reason: str = ""

    def document(self) -> dict[str, object]:
        """As JSON shows it."""
        if self.reason:
            return {"uri": self.uri, "error": self.reason}
        labels = [{"label": one.label, "probability": one.probability} for one in self.labels]
        return {"uri": self.uri, "labels": labels}


@app.command()
def classify(
    images: ImagesArgument,
    labels: LabelsOption = None,
    taxonomy: TaxonomyOption = "",
    template: TemplateOption = None,
    top_k: TopOption = None,
    classifier: ClassifierOption = "",
    names: NamesOption = None,
    model: ModelOption = "",
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Say which of your labels, or which categories of a taxonomy, fit a picture, likeliest first.

    The model is the gallery's own where there is one, unless --model names another. Pictures need
    not be in a gallery. Several templates are averaged. --json prints one line for each picture.

    --classifier asks a model of timm for its own classes instead: ViT, Swin, ResNet,
    EfficientNet, Inception, VGG or any other, with timm's weights or those of a file.
    """
    ways = [bool(labels or template), bool(taxonomy), bool(classifier)]
    if sum(ways) > 1:
        raise UsageError(
            "--labels, --taxonomy and --classifier exclude each other.",
            hint="A taxonomy has class names and templates of its own, a classifier its classes.",
        )
    if classifier and model:
        raise UsageError("A classifier is a model of its own.", hint="Leave out --model.")
    offered = [name for part in labels or [] for name in part.split(",")]
    offered = [] if taxonomy or classifier else checked_labels(offered)
    with open_session(gallery, home, as_json) as session:
        if classifier:
            guesses = classify_by_classifier(session, classifier, images, names, top_k)
        elif taxonomy:
            from cli.categories.classifying import by_taxonomy

            embedder = open_model(session, model)
            by = by_taxonomy(session, embedder, taxonomy, top_k)
            guesses = guess_files(session, images, embedder.space.preprocessing, by)
        else:
            embedder = open_model(session, model)
            guesses = classify_files(
                session,
                embedder,
                images,
                offered,
                templates=template or DEFAULT_TEMPLATES,
                top_k=top_k,
            )
        if as_json:
            for guess in guesses:
                session.output.line(guess.document())
        else:
            show_guesses(session, guesses)
        return ExitCode.SOME_SKIPPED if any(g.reason for g in guesses) else ExitCode.DONE


def open_model(session: Session, spec: str) -> Embedder:
    """The model a spec names, else the gallery's, else the one the settings name."""
    from search.bootstrap import open_embedder, open_embedder_of

    if not spec:
        try:
            return open_embedder_of(session.active_space(), session.settings)
        except NotFoundError:
            if session.gallery_name != "default":
                raise
            spec = session.settings.model
    return open_embedder(spec, session.settings)


def classify_files(
    session: Session,
    embedder: Embedder,
    paths: Sequence[str],
    labels: Sequence[str],
    *,
    templates: Sequence[str] = DEFAULT_TEMPLATES,
    top_k: int | None = None,
) -> list[Guess]:
    """One guess for each path, in their order; a picture that cannot be read has its reason.

    Raises:
        UsageError: labels, templates or `top_k` that make no sense.
    """
    from search.classification import classify as classify_pictures

    def guess(pictures: list[Image]) -> list[list[ClassProbability]]:
        return classify_pictures(embedder, pictures, labels, templates=templates, top_k=top_k)

    return guess_files(session, paths, embedder.space.preprocessing, guess)


def classify_by_classifier(
    session: Session, spec: str, paths: Sequence[str], names: Path | None, top_k: int | None
) -> list[Guess]:
    """One guess for each path by a closed-set classifier, in their order.

    Raises:
        UsageError: not a classifier, names that do not fit it, or a `top_k` below 1.
        ModelUnavailableError: its weights are neither at hand nor to be had.
    """
    from search.bootstrap import open_classifier

    if top_k is not None and top_k < 1:
        raise UsageError(f"The number of classes to show is {top_k}.", hint="Ask for at least 1.")
    found = open_classifier(spec, session.settings, names=read_names(names))

    def guess(pictures: list[Image]) -> list[list[ClassProbability]]:
        shown = top_k or TOP_OF_A_CLASSIFIER
        return [best(found.classes, row, shown) for row in found.probabilities(pictures)]

    return guess_files(session, paths, found.preprocessing, guess)


def guess_files(
    session: Session, paths: Sequence[str], fitting: Preprocessing, guess: Classify
) -> list[Guess]:
    """One guess for each path; pictures are read and classified some at a time."""
    from indexer.fetching import is_url

    guesses: list[Guess] = []
    for start in range(0, len(paths), BATCH):
        batch: list[Guess] = []
        pictures = []
        for path in paths[start : start + BATCH]:
            on_the_web = is_url(path)
            uri = path if on_the_web else str(Path(path).absolute())
            try:
                if on_the_web:
                    picture = fetch_fitted_picture(path, fitting, session.settings)
                else:
                    picture = read_fitted_picture(Path(path), fitting, session.settings)
            except UsageError:
                raise
            except SightlineError as error:
                batch.append(Guess(uri, reason=error.message))
            else:
                batch.append(Guess(uri))
                pictures.append(picture)
        found = iter(guess(pictures))
        guesses += [g if g.reason else Guess(g.uri, tuple(next(found))) for g in batch]
    return guesses


def show_guesses(session: Session, guesses: Sequence[Guess], title: str = "") -> None:
    """A table with one row for each picture and label; unreadable pictures on stderr."""
    from cli.commands.search import nearby

    rows = [
        (nearby(guess.uri) if place == 0 else "", one.label, f"{one.probability:.3f}")
        for guess in guesses
        for place, one in enumerate(guess.labels)
    ]
    if rows:
        session.output.table(["picture", "label", "probability#"], rows, title=title)
    for guess in guesses:
        if guess.reason:
            session.output.note(f"{nearby(guess.uri)}: {guess.reason}")
