"""What people decide: accept, reject, forget."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption
from cli.references import resolve_items
from cli.session import Session, open_session
from search.categories.resolving import KnownCategory, resolve_category
from search.domain.category import Verdict

CategoryArgument = Annotated[
    str,
    typer.Argument(
        metavar="CATEGORY", help="Its name, or its path: animals/dog, everyday:animals/dog."
    ),
]
ItemsArgument = Annotated[
    list[str], typer.Argument(metavar="ITEM", help="Ids, paths, skus, or unique ends of paths.")
]
TaxonomyOption = Annotated[
    str, typer.Option("--taxonomy", "-t", metavar="NAME", help="Where several have the name.")
]


def _deciding(verdict: Verdict | None, summary: str) -> Callable[..., int]:
    """A command that says this of items and a category; None takes back what was said."""

    def command(
        category: CategoryArgument,
        items: ItemsArgument,
        taxonomy: TaxonomyOption = "",
        gallery: GalleryOption = "default",
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> int:
        with open_session(gallery, home, as_json) as session:
            return _decide(session, category, items, taxonomy, verdict)

    command.__doc__ = summary
    return command


accept = _deciding(
    Verdict.ACCEPT, "Say that items belong to a category, whatever the model guesses."
)
reject = _deciding(
    Verdict.REJECT, "Say that items do not belong to a category, nor to one below it."
)
forget = _deciding(
    None, "Take back what was said of items and a category; the model's guess counts again."
)


def find_category(session: Session, reference: str, taxonomy: str) -> KnownCategory:
    with session.catalogue.reading() as snapshot:
        taxonomies = snapshot.taxonomies(session.gallery.id)
    return resolve_category(taxonomies, reference, taxonomy)


def _decide(
    session: Session, reference: str, items: list[str], taxonomy: str, verdict: Verdict | None
) -> int:
    category = find_category(session, reference, taxonomy)
    ids = resolve_items(session, items)
    with session.catalogue.writing(session.gallery.id) as work:
        if verdict is None:
            n_changed = work.undecide(ids, category.id)
        else:
            n_changed = work.decide(ids, category.id, verdict)
        work.commit()
    word = "forgotten" if verdict is None else f"{verdict.value}ed"
    session.output.document_if_json(
        {"category": category.path, "taxonomy": category.taxonomy.name, word: n_changed}
    )
    n_items = "1 item" if n_changed == 1 else f"{n_changed} items"
    session.output.text(f"{word.capitalize()} {category.path} for {n_items}.")
    return ExitCode.DONE
