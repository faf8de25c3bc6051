"""Pictures by URL, over a real server: what is fetched, and what is never asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from indexer.fetching import MOST_REDIRECTS, Fetcher, is_public, is_url
from search.errors import PictureError, PictureTooLargeError, SightlineError, UsageError
from tests.support.web import serve_picture

PICTURE = b"picture" * 1_000


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def port(asked: list[str]) -> Iterator[int]:
    with serve_picture(PICTURE, asked) as found:
        yield found


def fetcher(*hosts: str, **other: object) -> Fetcher:
    """One that may connect to this machine, where the server is."""
    options = {"limit_bytes": 10**6, "may_connect": lambda _: True, **other}
    return Fetcher(hosts or ("localhost",), **options)  # type: ignore[arg-type]


def test_a_picture_is_fetched_over_some_redirects(port: int) -> None:
    address = f"http://localhost:{port}"
    assert fetcher().fetch(f"{address}/a.png") == PICTURE
    assert fetcher("LOCALHOST").fetch(f"{address}/hop/{MOST_REDIRECTS}/a.png?x=1") == PICTURE
    with pytest.raises(PictureError, match="leads on and on"):
        fetcher().fetch(f"{address}/hop/{MOST_REDIRECTS + 1}/a.png")


def test_private_addresses_are_never_connected_to(port: int, asked: list[str]) -> None:
    strict = fetcher("localhost", "127.0.0.1", may_connect=is_public)
    for host in ("localhost", "127.0.0.1"):
        with pytest.raises(PictureError, match="no public address"):
            strict.fetch(f"http://{host}:{port}/a.png")
    assert asked == []


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/to/http://127.0.0.1/", "No picture may be fetched from 127.0.0.1"),
        ("/to/file:///etc/passwd", "is no web address"),
        ("/to/http://user@localhost/", "is no web address"),
        ("/none", "localhost answers 404"),
        ("/cut", "does not answer"),
    ],
)
def test_what_comes_instead_of_a_picture_is_said(port: int, path: str, says: str) -> None:
    with pytest.raises(PictureError, match=says):
        fetcher().fetch(f"http://localhost:{port}{path}")


def test_redirects_to_private_addresses_are_checked_too(port: int, asked: list[str]) -> None:
    """The name leads to this machine, which counts as public until the first answer."""
    address = f"http://localhost:{port}"
    allowed = fetcher(may_connect=lambda _: not asked)
    with pytest.raises(PictureError, match="no public address"):
        allowed.fetch(f"{address}/to/{address}/a.png")
    assert len(asked) == 1


def test_hosts_that_nobody_allowed_are_not_asked(port: int, asked: list[str]) -> None:
    for hosts in ((), ("example.org",)):
        forbidding = Fetcher(hosts, 10**6, may_connect=lambda _: True)
        with pytest.raises(UsageError, match="No picture may be fetched from localhost"):
            forbidding.fetch(f"http://localhost:{port}/a.png")
    with pytest.raises(UsageError, match=f"The port {port} is not asked"):
        fetcher("*").fetch(f"http://localhost:{port}/a.png")
    assert asked == []


def test_a_body_beyond_the_limit_is_not_read_on(port: int) -> None:
    with pytest.raises(PictureTooLargeError, match="more than 100 bytes"):
        fetcher(limit_bytes=100).fetch(f"http://localhost:{port}/a.png")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("::1", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_only_web_addresses_are_urls() -> None:
    assert [is_url(text) for text in ("HTTPS://a/b", "http://a", "ftp://a", "a.jpg")] == [
        True,
        True,
        False,
        False,
    ]
    with pytest.raises(SightlineError, match="is no web address"):
        fetcher().fetch("http://[")
