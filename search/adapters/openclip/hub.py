"""Files of the Hugging Face Hub: from its cache first, over the network where that is allowed."""

from __future__ import annotations

from pathlib import Path

from search.errors import ModelUnavailableError

_TINY = "use `--model tiny`, which ships with the program"


def from_hub(
    repository: str,
    names: tuple[str, ...],
    *,
    what: str,
    offline: bool,
    described_by: str = "",
    otherwise: str = _TINY,
) -> Path:
    """The first of these files that the cache holds, else the first that can be downloaded.

    Args:
        what: the files in words, in the plural, such as `The weights of tiny`.
        described_by: a file that is downloaded before, to lie beside it.
        otherwise: what one can do without them, as the end of the error's sentence.
    Raises:
        ModelUnavailableError: neither at hand nor to be had.
    """
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError

    for candidate in names:
        cached = try_to_load_from_cache(repository, candidate)
        if isinstance(cached, str) and Path(cached).is_file():
            return Path(cached)
    if offline:
        raise unavailable(what, "downloads are switched off", otherwise)
    reason: Exception | None = None
    for candidate in names:
        try:
            ask_hub(repository, candidate)
            if described_by:
                hf_hub_download(repository, described_by)
            return Path(hf_hub_download(repository, candidate))
        except RepositoryNotFoundError as exc:
            raise ModelUnavailableError(
                f"The Hugging Face Hub has no repository {repository}, or it is private.",
                hint="Look at its name; log in with `hf auth login` where it is private.",
            ) from exc
        except EntryNotFoundError as exc:
            reason = exc
        except Exception as exc:  # What a connection raises depends on the client's version.
            reason = exc
            break
    raise unavailable(what, f"they cannot be downloaded from {repository}", otherwise) from reason


def ask_hub(repository: str, name: str) -> None:
    """Raise what stands in the way of downloading a file, at once.

    A download itself is tried again for half a minute where there is no connection.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    get_hf_file_metadata(hf_hub_url(repository, name), timeout=10)


def unavailable(what: str, why: str, otherwise: str = _TINY) -> ModelUnavailableError:
    """The error for files, in words in the plural, that cannot be had."""
    return ModelUnavailableError(
        f"{what} are not on this machine and {why}: connect this machine to the network once to "
        f"fetch them, or {otherwise}."
    )
