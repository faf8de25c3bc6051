"""An evaluation as one HTML file that needs nothing else: styles, plots and pictures inside."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageChops

from cli.report.plots import bar, confusion_plot, curves, reliability_plot
from cli.report.tables import (
    CLASS_COLUMNS,
    RETRIEVAL_WORDS,
    class_rows,
    index_table,
    retrieval_table,
    summary_rows,
)
from cli.sheet import OpenPicture
from search.errors import SightlineError, UsageError
from search.evaluation.judging import confused_pairs
from search.evaluation.ranking import KS

if TYPE_CHECKING:
    from cli.evaluating import Evaluation
    from search.evaluation.golden import GoldenResult
    from search.evaluation.judging import Judged
    from search.evaluation.retrieving import Failure

THUMBNAIL = 192
_MOST_CONFUSION_CLASSES = 60
_QUALITY = 80


def write_report(path: Path, evaluation: Evaluation, open_picture: OpenPicture) -> None:
    """Write the report; a picture that cannot be opened leaves a card that says so.

    Raises:
        UsageError: the file cannot be written.
    """
    page = report_page(evaluation, open_picture)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"The report cannot be written to {path}: {error.strerror}.",
            hint="Choose another place with --html.",
        ) from error


def report_page(evaluation: Evaluation, open_picture: OpenPicture) -> str:
    """The whole page."""
    style = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
    body = "".join(_Page(evaluation, open_picture).parts())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Evaluation of {escape(evaluation.gallery)}</title><style>{style}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )


class _Page:
    def __init__(self, evaluation: Evaluation, open_picture: OpenPicture) -> None:
        self._evaluation = evaluation
        self._open_picture = open_picture
        self._thumbnails: dict[str, str] = {}

    def parts(self) -> Iterator[str]:
        one = self._evaluation
        yield "<h1>How good the answers are</h1>"
        where = one.source or f"gallery {one.gallery!r}"
        model = f"model {one.model} ({one.space})"
        yield f'<p class="faint">{escape(where)} · {escape(model)}</p>'
        if one.golden:
            yield from self._golden(one.golden)
        if one.classification is not None:
            yield from self._classification(one.classification)
        if one.retrieval:
            yield from self._retrieval()
        if one.index:
            yield f"<h2>Index against exact search</h2><p class=faint>{escape(one.index_kind)}</p>"
            yield _table(*index_table(one))
        if one.skipped:
            yield f"<h2>Skipped ({len(one.skipped)})</h2><ul class=plain>"
            yield from (f"<li>{escape(s.uri)}: {escape(s.reason)}</li>" for s in one.skipped[:200])
            yield "</ul>"

    def _golden(self, results: Sequence[GoldenResult]) -> Iterator[str]:
        failed = [result for result in results if not result.passed]
        word = "failed" if failed else "passed"
        yield f'<h2>Golden queries</h2><p class="{word}">'
        yield f"{len(results) - len(failed)} of {len(results)} found their answers.</p>"
        for result in failed:
            yield f'<div class="query"><b>{escape(result.query.title)}</b>'
            yield f'<p class="failed">{escape(result.problem)}</p>'
            yield self._strip(result.hits[:10], frozenset()) + "</div>"

    def _classification(self, judged: Judged) -> Iterator[str]:
        n_pictures, n_classes = judged.n_pictures, len(judged.classes)
        yield f"<h2>Classification of {n_pictures} pictures into {n_classes} classes</h2>"
        cards = [
            f"<div class=card><b>{value:.3f}</b><span>{words}</span></div>"
            for words, value in summary_rows(judged)
            if not np.isnan(value)
        ]
        yield f'<div class="cards">{"".join(cards)}</div>'
        yield f"<h3>By class</h3>{_table(CLASS_COLUMNS, class_rows(judged), bars=True)}"
        yield f"<h3>Calibration</h3><div class=plots><figure>{reliability_plot(judged.reliability)}"
        yield "<figcaption>Below the diagonal the model is surer than it is right. Each dot holds "
        yield "as many pictures as the next.</figcaption></figure></div>"
        yield from self._confusion(judged)
        if judged.mistakes:
            yield "<h3>Surest mistakes</h3><div class=pictures>"
            for one in judged.mistakes:
                yield f'<div class="picture">{self._image(one.uri)}<div><b>{escape(one.guess)}</b> '
                yield f"{one.probability:.2f}<br><span class=faint>is "
                yield f"{escape(', '.join(one.labels))}</span></div></div>"
            yield "</div>"

    def _confusion(self, judged: Judged) -> Iterator[str]:
        if judged.confusion is None:
            return
        yield "<h3>Confusion</h3>"
        if len(judged.classes) <= _MOST_CONFUSION_CLASSES:
            yield f"<figure>{confusion_plot(judged.confusion, judged.classes)}<figcaption>"
            yield "Labels down, guesses across; a row's shades are its shares."
            yield "</figcaption></figure>"
        if pairs := confused_pairs(judged):
            yield "<h3>Most often confused</h3>"
            yield _table(["label", "taken for", "times#"], pairs)

    def _retrieval(self) -> Iterator[str]:
        retrieval = self._evaluation.retrieval
        yield f"<h2>Retrieval</h2>{_table(*retrieval_table(self._evaluation))}<div class=plots>"
        for what in ("success", "recall", "nDCG"):
            lines = [
                (RETRIEVAL_WORDS[kind], [one.summary[f"{what}@{k}"] for k in KS])
                for kind, one in retrieval.items()
                if one.n_queries
            ]
            yield f"<figure>{curves(KS, lines, what)}</figure>"
        yield "</div>"
        for kind, one in retrieval.items():
            if one.failures:
                yield f"<h3>Furthest from their answer: {RETRIEVAL_WORDS[kind]}</h3>"
                yield from (self._failure(failure, kind) for failure in one.failures)

    def _failure(self, failure: Failure, kind: str) -> str:
        query = (
            escape(failure.text) if failure.text else self._strip([failure.picture], frozenset())
        )
        right = frozenset(failure.wanted)
        show = self._texts if kind == "photos_to_captions" else self._strip
        return (
            f'<div class="query"><b>{query}</b><p class="faint">first answer at place '
            f"{failure.rank}; wanted, then the first hits</p>"
            f"{show(failure.wanted[:3], right)}{show(failure.got, right)}</div>"
        )

    def _strip(self, uris: Sequence[str], right: frozenset[str]) -> str:
        cells = (
            f'<div class="{"right" if uri in right else ""}">{self._image(uri)}</div>'
            for uri in uris
        )
        return f'<div class="strip">{"".join(cells)}</div>'

    def _texts(self, texts: Sequence[str], right: frozenset[str]) -> str:
        cells = (
            f'<div class="text {"right" if text in right else ""}">{escape(text)}</div>'
            for text in texts
        )
        return f'<div class="strip">{"".join(cells)}</div>'

    def _image(self, uri: str) -> str:
        if uri not in self._thumbnails:
            self._thumbnails[uri] = self._thumbnail(uri)
        return self._thumbnails[uri]

    def _thumbnail(self, uri: str) -> str:
        name = escape(Path(uri).name, quote=True)
        try:
            picture = _without_margin(self._open_picture(uri).convert("RGB"))
        except (SightlineError, OSError, ValueError):
            return f'<div class="none">{name} cannot be shown</div>'
        content = io.BytesIO()
        picture.save(content, "JPEG", quality=_QUALITY)
        data = base64.b64encode(content.getvalue()).decode()
        return f'<img src="data:image/jpeg;base64,{data}" alt="{name}" title="{name}">'


def _without_margin(picture: Image.Image) -> Image.Image:
    """Without the white that squares it."""
    white = Image.new("RGB", picture.size, (255, 255, 255))
    return picture.crop(ImageChops.difference(picture, white).getbbox())


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, bars: bool = False) -> str:
    """A table; columns that end in `#` hold numbers. With `bars`, shares get a bar each."""
    heads = "".join(f"<th{_kind(name)}>{escape(name.rstrip('#'))}</th>" for name in columns)
    lines = "".join(
        "<tr>"
        + "".join(
            f"<td{_kind(name)}>{_cell(value)}{_bar(value) if bars else ''}</td>"
            for name, value in zip(columns, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><tr>{heads}</tr>{lines}</table></div>'


def _bar(value: object) -> str:
    return bar(value) if isinstance(value, float) else ""


def _kind(name: str) -> str:
    return ' class="number"' if name.endswith("#") else ""


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.3f}"
    return escape(str(value))
