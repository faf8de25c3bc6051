"""How often a key or an address may ask."""

from __future__ import annotations

import ipaddress
import math
import time
from enum import StrEnum
from typing import Protocol

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from search.errors import RateLimitedError, UsageError
from search.settings import Settings


class Kind(StrEnum):
    """What is counted apart."""

    KEY = "key"
    ADDRESS = "address"
    PICTURE = "picture"
    WRONG_KEY = "wrong key"


WRONG_KEYS = "30/minute"


class Counting(Protocol):
    """Counts requests, of this process or of several."""

    def wait_s(self, kind: Kind, who: str) -> int | None:
        """Count one request: None, or the seconds to wait where it is beyond the limit."""


class Counts:
    """Counts requests in memory. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._limits = limits_of(settings)

    def wait_s(self, kind: Kind, who: str) -> int | None:
        """See `Counting`."""
        limit = self._limits[kind]
        if self._limiter.hit(limit, kind.value, who):
            return None
        reset_at = self._limiter.get_window_stats(limit, kind.value, who).reset_time
        return max(1, min(3600, math.ceil(reset_at - time.time())))


class Rates:
    """Raises where a request is one too many."""

    def __init__(self, settings: Settings, counts: Counting) -> None:
        self._limits = limits_of(settings)
        self._counts = counts

    def count(self, kind: Kind, who: str) -> None:
        """Count one request; raises RateLimitedError where it is beyond the limit."""
        wait_s = self._counts.wait_s(kind, who)
        if wait_s is not None:
            raise RateLimitedError(
                f"More than {_in_words(self._limits[kind])} came from this {_whose(kind)}.",
                hint=f"Try again in {wait_s} s.",
                retry_after_s=wait_s,
            )


def limits_of(settings: Settings) -> dict[Kind, RateLimitItem]:
    """The settings' limits; raises UsageError where one cannot be read."""
    return {
        Kind.KEY: _limit("rate_limit_key", settings.rate_limit_key),
        Kind.ADDRESS: _limit("rate_limit_address", settings.rate_limit_address),
        Kind.PICTURE: _limit("rate_limit_pictures", settings.rate_limit_pictures),
        Kind.WRONG_KEY: parse(WRONG_KEYS),
    }


def network_of(address: str) -> str:
    """What stands for one client: an IPv4 address, or the /64 that an IPv6 client has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address


def _whose(kind: Kind) -> str:
    return "key" if kind is Kind.KEY else "address"


def _in_words(limit: RateLimitItem) -> str:
    unit = limit.GRANULARITY.name
    span = unit if limit.multiples == 1 else f"{limit.multiples} {unit}s"
    return f"{limit.amount:,} requests per {span}"


def _limit(name: str, text: str) -> RateLimitItem:
    try:
        return parse(text)
    except ValueError as error:
        raise UsageError(
            f"SIGHTLINE_{name.upper()} cannot be {text!r}.", hint="Write it as 600/minute."
        ) from error
