"""How often a key or an address may ask."""

from __future__ import annotations

import ipaddress
import math
import time
from enum import StrEnum

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


class Rates:
    """Counts requests in this process; raises where one is too many."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._limits = {
            Kind.KEY: _limit("rate_limit_key", settings.rate_limit_key),
            Kind.ADDRESS: _limit("rate_limit_address", settings.rate_limit_address),
            Kind.PICTURE: _limit("rate_limit_pictures", settings.rate_limit_pictures),
            Kind.WRONG_KEY: parse(WRONG_KEYS),
        }

    def count(self, kind: Kind, who: str) -> None:
        """Count one request; raises RateLimitedError where it is beyond the limit."""
        limit = self._limits[kind]
        if not self._limiter.hit(limit, kind.value, who):
            reset_at = self._limiter.get_window_stats(limit, kind.value, who).reset_time
            wait_s = max(1, min(3600, math.ceil(reset_at - time.time())))
            raise RateLimitedError(
                f"More than {_in_words(limit)} came from this {_whose(kind)}.",
                hint=f"Try again in {wait_s} s.",
                retry_after_s=wait_s,
            )


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
