"""`sightline models`: the models worth choosing from."""

from __future__ import annotations

from dataclasses import asdict

from cli.exits import ExitCode
from cli.options import HomeOption, JsonOption, UnusedGalleryOption, new_app
from cli.output import Output
from cli.sizes import size_text

app = new_app()


@app.command()
def models(
    gallery: UnusedGalleryOption = "default", home: HomeOption = None, as_json: JsonOption = False
) -> int:
    """List the models worth choosing from: accuracy, size, speed, licence, languages.

    Accuracy is zero-shot top-1 on ImageNet as published; --json names each source. Any other model
    that open_clip can load works as well.
    """
    from search.models import RECOMMENDED

    output = Output(as_json)
    if as_json:
        output.document(
            [asdict(model) | {"download_bytes": model.download_bytes} for model in RECOMMENDED]
        )
        return ExitCode.DONE
    output.table(
        ["model!", "dim#", "top-1#", "size#", "speed", "licence", "languages"],
        [
            (
                model.spec,
                model.dim,
                "" if model.accuracy is None else f"{model.accuracy:.1%}",
                size_text(model.download_bytes) if model.download_bytes else "none",
                model.speed,
                model.licence + ("*" if model.research_only else ""),
                model.languages,
            )
            for model in RECOMMENDED
        ],
    )
    output.text("* for research only, or non-commercial use\n")
    for model in RECOMMENDED:
        output.text(f"{model.spec}: {model.note}")
    return ExitCode.DONE
