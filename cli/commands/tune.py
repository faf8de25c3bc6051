"""`sightline tune`: what the index finds, reaching less far or farther, and a choice kept."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption, new_app
from cli.session import open_session
from search.errors import UsageError

app = new_app()

TextRecallOption = Annotated[
    float | None,
    typer.Option(
        "--text-recall", metavar="R", help="Share of the exact first ten to find for words."
    ),
]
PictureRecallOption = Annotated[
    float | None,
    typer.Option("--picture-recall", metavar="R", help="The same for pictures."),
]
ApplyOption = Annotated[
    bool,
    typer.Option("--apply", help="Keep these recalls with the gallery, and build its index again."),
]
ResetOption = Annotated[
    bool,
    typer.Option("--reset", help="Take them from the settings again, and build the index again."),
]


@app.command()
def tune(
    text_recall: TextRecallOption = None,
    picture_recall: PictureRecallOption = None,
    apply: ApplyOption = False,
    reset: ResetOption = False,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Measure what the gallery's index finds of the exact answers, how long it takes and how much
    it reads, for words and for pictures apart, as it is and tuned to other recalls.

    Words are those that every build is tuned by, and the gallery's own captions; pictures are
    stored ones, each left out of its own answer. Nothing is changed without --apply or --reset;
    then the index is built again, while searches go on, and so are all later ones.
    """
    given = {"text": text_recall, "picture": picture_recall}
    _check(given, apply, reset)
    from cli.report.tuning import show
    from cli.tuning import apply as build_with
    from cli.tuning import tune_gallery
    from search.domain.gallery import AS_SET, WantedRecall

    with open_session(gallery, home, as_json) as session:
        document: dict[str, object] = {}
        if apply or reset:
            kept = session.gallery.wanted_recall
            wanted = WantedRecall(
                kept.texts if text_recall is None else text_recall,
                kept.pictures if picture_recall is None else picture_recall,
            )
            document["built"] = build_with(session, AS_SET if reset else wanted)
            session.output.text("The index is built again; this is what it finds now.\n")
        tuning = tune_gallery(session, {} if apply or reset else given)
        show(session, tuning)
        session.output.document_if_json({**tuning.to_dict(), **document})
    return ExitCode.DONE


def _check(given: dict[str, float | None], apply: bool, reset: bool) -> None:
    for name, recall in given.items():
        if recall is not None and not 0 < recall <= 1:
            raise UsageError(
                f"--{name}-recall {recall:g} is no share of an answer.",
                hint="Give a number above 0 and up to 1, such as 0.98.",
            )
    is_given = any(recall is not None for recall in given.values())
    if apply and not is_given:
        raise UsageError(
            "--apply keeps the recalls that are given with it.",
            hint="Give --text-recall, --picture-recall or both; without --apply `sightline tune` "
            "recommends some.",
        )
    if reset and (apply or is_given):
        raise UsageError("--reset stands alone.", hint="Leave the other options out.")
