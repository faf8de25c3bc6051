"""Pages of an answer that go on where the last one ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.cursors import Cursor, position_of
from search.domain.query import Answer, Hit, Query
from search.ports.catalogue import Catalogue
from search.retrieval import Searcher

MOST_SEEN = 1_000_000


@dataclass(frozen=True, slots=True)
class Page:
    """Some hits of an answer. `next`: cursor of the following page, None on the last."""

    hits: tuple[Hit, ...]
    answer: Answer
    next: str | None


class Pager:
    """Answers one gallery's queries page by page."""

    def __init__(self, catalogue: Catalogue, gallery_name: str, searcher: Searcher) -> None:
        self._catalogue = catalogue
        self._gallery_name = gallery_name
        self._searcher = searcher

    def page(self, query: Query, digest: str, cursor: Cursor | None) -> Page:
        """The page of `query.limit` hits after the cursor, or the first.

        Args:
            digest: of the query, as cursors carry it.
        Raises:
            UsageError: the cursor is another query's.
            ConflictError: the gallery has become another since the cursor was given.
        """
        if cursor is None:
            answer = self._searcher.answer(replace(query, limit=query.limit + 1, offset=0))
            return self._cut(answer, answer.hits, 0, query.limit, digest)
        cursor.check(query=digest, epoch=self._epoch(), space=cursor.space)
        return self._following(query, digest, cursor)

    def _following(self, query: Query, digest: str, cursor: Cursor) -> Page:
        offset = max(0, min(cursor.seen, MOST_SEEN) - 1)
        wanted = query.limit + 2
        while True:
            answer = self._searcher.answer(replace(query, limit=wanted, offset=offset))
            cursor.check(query=digest, epoch=self._epoch(), space=answer.space_id)
            hits = answer.hits
            if offset and (not hits or position_of(hits[0]) > cursor.position):
                offset //= 2  # What came before has shrunk: look from further ahead.
                wanted = max(wanted, cursor.seen - offset + query.limit + 2)
                continue
            rest = [hit for hit in hits if position_of(hit) > cursor.position]
            if len(rest) > query.limit or len(hits) < wanted:
                seen = offset + len(hits) - len(rest)
                return self._cut(answer, rest, seen, query.limit, digest)
            wanted *= 2

    def _cut(
        self,
        answer: Answer,
        hits: Sequence[Hit],
        seen: int,
        limit: int,
        digest: str,
    ) -> Page:
        shown = tuple(hits[:limit])
        following = None
        if len(hits) > limit:
            following = Cursor(
                query=digest,
                epoch=self._epoch(),
                space=answer.space_id,
                revision=answer.revision,
                position=position_of(shown[-1]),
                seen=seen + len(shown),
            ).to_text()
        return Page(shown, answer, following)

    def _epoch(self) -> str:
        """The gallery's, as of the answer just given."""
        state = self._searcher.state
        if state is not None:
            return state.epoch
        with self._catalogue.reading() as snapshot:
            return snapshot.gallery(self._gallery_name).epoch
