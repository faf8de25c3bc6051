"""Loops over chosen rows that neither numpy nor FAISS has a call for, compiled by Numba.

What takes the time is memory: rows lie anywhere, and each is fetched some rows before it is used.
Import this where it is needed first: Numba takes half a second, and compiles what no earlier
process has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

_intrinsic: Any = intrinsic  # Called with fewer arguments than it declares.

_CODES_AHEAD, _HALVES_AHEAD = 64, 8
"""Rows whose memory is asked for before it is used."""

_LINE_BYTES = 64

_CHUNK_ROWS, _MOST_CHUNK_ROWS, _MANY_ROWS = 128, 1_024, 4_096
"""Rows that are compared at once, before lists' bounds are looked at again: few at first, since
that may be the last look; after so many rows it is not likely to be."""

_GREATEST_CODE = 255
_GREATEST_WEIGHT = 2**15 - 1
_GREATEST_SCORE = 2**28
_GREATEST_SUM = 2**29
_LOWEST = -(2**31)
_HIGHEST_FLOAT = np.finfo(np.float32).max
"""Fast arithmetic knows no infinity."""

_SUMS_DIFFER = 1e-12


def _compiled(function: Callable[..., Any]) -> Any:
    """Without Python's lock, and kept for the next process where a cache can be written."""
    options: dict[str, Any] = {"nogil": True, "fastmath": True, "error_model": "numpy"}
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:  # No folder can be written.
        return njit(**options)(function)


@_intrinsic  # type: ignore[untyped-decorator]
def _fetch_ahead(typing_context: Any, rows: Any, at: Any) -> Any:
    """Ask for the memory of rows[at], without waiting for it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        byte, number = ir.IntType(8), ir.IntType(32)
        stride = builder.extract_value(array.strides, 0)
        start = builder.gep(
            builder.bitcast(array.data, byte.as_pointer()), [builder.mul(arguments[1], stride)]
        )
        kind = ir.FunctionType(ir.VoidType(), [byte.as_pointer(), number, number, number])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte.as_pointer()], kind)
        with cgutils.for_range_slice(
            builder, ir.Constant(stride.type, 0), stride, ir.Constant(stride.type, _LINE_BYTES)
        ) as (offset, _):
            to_read, near, data = number(0), number(3), number(1)
            builder.call(prefetch, [builder.gep(start, [offset]), to_read, near, data])
        return context.get_dummy_value()

    return types.void(rows, types.int64), generate


@_intrinsic  # type: ignore[untyped-decorator]
def _float_of_half(typing_context: Any, half: Any) -> Any:
    """The float32 of a finite float16's bits.

    Not every processor has an instruction for it, and LLVM's stand-in is not linked. So the
    exponent is moved by a product with a power of two, which is exact for any number.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole, real = ir.IntType(32), ir.FloatType()
        bits = builder.zext(arguments[0], whole)
        size = builder.shl(builder.and_(bits, whole(0x7FFF)), whole(13))
        sign = builder.shl(builder.and_(bits, whole(0x8000)), whole(16))
        moved = builder.fmul(builder.bitcast(size, real), real(2.0**112))
        return builder.bitcast(builder.or_(builder.bitcast(moved, whole), sign), real)

    return types.float32(types.uint16), generate


@_compiled
def _whole(wide):  # type: ignore[no-untyped-def]
    """Whole numbers, int16, in the ratios of these float32, and the size of one of them."""
    widest = np.float32(1e-30)
    for i in range(len(wide)):
        widest = max(widest, abs(wide[i]))
    most = min(_GREATEST_WEIGHT, _GREATEST_SCORE // (_GREATEST_CODE * len(wide)))
    size = widest / np.float32(most)
    weights = np.empty(len(wide), np.int16)
    for i in range(len(wide)):
        weights[i] = np.int16(np.rint(wide[i] / size))
    return weights, size


@_compiled
def weigh(axes, steps, zeros, query):  # type: ignore[no-untyped-def]
    """Whole numbers that stand for a query where it is compared with coarse codes.

    Args:
        axes: float32, (width, dim): products with them are the query's coordinates.
        steps, zeros: float32, (width,): a code c stands for the coordinate c steps + zeros.
        query: float32, (dim,).

    Returns:
        weights, int16, (width,), whose products with a code are summed; and the floats `size` and
        `zero`: size times that sum, plus zero, is the score.
    """
    wide = np.empty(len(axes), np.float32)
    zero = np.float32(0)
    for i in range(len(axes)):
        coordinate = np.float32(0)
        for j in range(len(query)):
            coordinate += axes[i, j] * query[j]
        zero += coordinate * zeros[i]
        wide[i] = coordinate * steps[i]
    weights, size = _whole(wide)
    return weights, size, zero


@_compiled
def _sum(code, weights):  # type: ignore[no-untyped-def]
    total = np.int32(0)
    for i in range(len(weights)):
        total = np.int32(total + np.int32(code[i]) * np.int32(weights[i]))
    return total


@_compiled
def deviation(weights, variances):  # type: ignore[no-untyped-def]
    """The standard deviation of weighted sums of codes with these variances."""
    total = np.float32(0)
    for i in range(len(weights)):
        total += np.float32(weights[i]) * np.float32(weights[i]) * variances[i]
    return np.sqrt(total)


@_compiled
def scores_of_bytes(codes, steps, zeros, query):  # type: ignore[no-untyped-def]
    """About the products of vectors with a query: float32, (n,).

    Args:
        codes: uint8, (n, dim): a code c stands for the coordinate c steps + zeros.
        steps, zeros, query: float32, (dim,).
    """
    zero = np.float32(0)
    for i in range(len(query)):
        zero += query[i] * zeros[i]
    weights, size = _whole(query * steps)
    scores = np.empty(len(codes), np.float32)
    for row in range(len(codes)):
        scores[row] = size * np.float32(_sum(codes[row], weights)) + zero
    return scores


@_compiled
def exact_sums(codes, weights, size, zero, scores):  # type: ignore[no-untyped-def]
    """The sums that stand for these scores, and how much that is above those of the codes.

    Args:
        codes: uint8, (n, width).
        weights, size, zero: as `weigh` makes them.
        scores: float32, (n,).
    """
    sums, more = np.empty(len(codes), np.int32), np.empty(len(codes), np.int32)
    for row in range(len(codes)):
        exact = (scores[row] - zero) / size
        sums[row] = np.int32(min(max(exact, -_GREATEST_SUM), _GREATEST_SUM))
        more[row] = sums[row] - _sum(codes[row], weights)
    return sums, more


@_compiled
def sums(codes, weights):  # type: ignore[no-untyped-def]
    """The weighted sums of codes, uint8 (n, width): int32, (n,)."""
    totals = np.empty(len(codes), np.int32)
    for row in range(len(codes)):
        totals[row] = _sum(codes[row], weights)
    return totals


@_compiled
def _nth_highest(scores, n):  # type: ignore[no-untyped-def]
    return np.partition(scores, len(scores) - n)[len(scores) - n]


@_compiled
def _keep_best(n, rows, scores, n_held):  # type: ignore[no-untyped-def]
    """Of those held, keep the n best, in any order; returns the worst of their scores."""
    worst = _nth_highest(scores[:n_held], n)
    n_equal = n - np.sum(scores[:n_held] > worst)
    n_kept = 0
    for at in range(n_held):
        if scores[at] == worst:
            n_equal -= 1
        if scores[at] > worst or (scores[at] == worst and n_equal >= 0):
            rows[n_kept], scores[n_kept] = rows[at], scores[at]
            n_kept += 1
    return worst


@_compiled
def _replace_lowest(heap, score):  # type: ignore[no-untyped-def]
    """Put a score in place of the lowest one, which is the first."""
    at = 0
    while 2 * at + 1 < len(heap):
        child = 2 * at + 1
        if child + 1 < len(heap) and heap[child + 1] < heap[child]:
            child += 1
        if score <= heap[child]:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = score


@_compiled
def _hold(row, score, n, rows, scores, n_held, floor):  # type: ignore[no-untyped-def]
    """Hold a row whose score is above a floor, which rises where room is made.

    Args:
        rows, scores: room for 2 n that are held.
    """
    rows[n_held], scores[n_held] = row, score
    n_held += 1
    if n_held == 2 * n:
        floor = _keep_best(n, rows, scores, n_held)
        n_held = n
    return n_held, floor


@_compiled
def _floats(size, zero, n, rows, scores, n_held):  # type: ignore[no-untyped-def]
    """Of those held, the n best, and their scores as float32."""
    if n_held > n:
        _keep_best(n, rows, scores, n_held)
        n_held = n
    floats = np.empty(n_held, np.float32)
    for at in range(n_held):
        floats[at] = size * np.float64(scores[at]) + zero
    return rows[:n_held], floats


@_intrinsic  # type: ignore[untyped-decorator]
def _lowest_bit(typing_context: Any, word: Any) -> Any:
    """The number of the lowest bit that is set in a word that is not zero."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.uint64(types.uint64), generate


@_compiled
def _first_at_least(numbers, least):  # type: ignore[no-untyped-def]
    """The place of the first of ascending numbers that is no smaller."""
    low, high = 0, len(numbers)
    while low < high:
        middle = (low + high) >> 1
        if numbers[middle] < least:
            low = middle + 1
        else:
            high = middle
    return low


@_compiled
def _gather(numbers, words, start, end, chunk, n_chunk, n_wanted):  # type: ignore[no-untyped-def]
    """Put passing rows of start .. end - 1 to a chunk until it holds as many as are wanted.

    Args:
        numbers, words: as `best_of_lists` takes them.
        chunk: room for 63 rows more.

    Returns:
        how many rows it holds, and the row to go on with.
    """
    if len(numbers):
        at = _first_at_least(numbers, start)
        while at < len(numbers) and numbers[at] < end and n_chunk < n_wanted:
            chunk[n_chunk] = numbers[at]
            n_chunk, at = n_chunk + 1, at + 1
        return n_chunk, numbers[at] if at < len(numbers) else end
    every = ~np.uint64(0)
    while start < end and n_chunk < n_wanted:
        first = start & ~63
        word = words[start >> 6] & (every << np.uint64(start - first))
        if end < first + 64:
            word &= ~(every << np.uint64(end - first))
        while word:
            chunk[n_chunk] = first + np.int64(_lowest_bit(word))
            n_chunk += 1
            word &= word - np.uint64(1)
        start = first + 64
    return n_chunk, start


@_compiled
def _hold_good(  # type: ignore[no-untyped-def]
    wide, narrow, weights, slack, chunk, sums, n, rows, scores, n_held, floor, best
):
    """Hold those of a chunk of rows whose scores are above the floor; the chunk is used up.

    Args:
        sums: int32, what is added to each row's sum; used up, too.
    """
    n_wide, n_good = wide.shape[1], 0
    for row in chunk[:_CODES_AHEAD]:
        _fetch_ahead(wide, row)
    for at in range(len(chunk)):
        if at + _CODES_AHEAD < len(chunk):
            _fetch_ahead(wide, chunk[at + _CODES_AHEAD])
        row = chunk[at]
        wide_sum = sums[at] + _sum(wide[row], weights[:n_wide])
        # Without a branch, since it would be guessed wrong for every other good one.
        chunk[n_good], sums[n_good] = row, wide_sum
        n_good += wide_sum + slack > floor
    for row in chunk[: min(n_good, _CODES_AHEAD)]:
        _fetch_ahead(narrow, row)
    for at in range(n_good):
        if at + _CODES_AHEAD < n_good:
            _fetch_ahead(narrow, chunk[at + _CODES_AHEAD])
        score = sums[at] + _sum(narrow[chunk[at]], weights[n_wide:])
        if score > floor:
            n_held, floor = _hold(chunk[at], score, n, rows, scores, n_held, floor)
            if score > best[0]:
                _replace_lowest(best, score)
    return n_held, floor


@_compiled
def best_of_lists(  # type: ignore[no-untyped-def]
    wide, narrow, weights, size, zero, slacks, numbers, words, n, k, least, n_near, lists
):
    """The n rows of those that pass whose codes score highest, list by list, nearest first.

    At some list no more are read, since none is likely to hold any of the best.

    Args:
        wide, narrow: uint8, (n_all, n_wide) and (n_all, n_narrow), the codes of the wider axes
            and of the others.
        weights, size, zero: as `weigh` makes them.
        slacks: what sums of narrow codes hardly exceed, among the first `n_near` rows and later.
        numbers, words: the rows that pass, as `RowSet.numbers`, or as `RowSet.bits` seen as
            uint64; the other one is empty.
        k: how many are the best.
        least: so many of these rows are compared at least, and lists of so many rows are read.
        lists: `ends`, int64, (n_lists,), as `Lists` has them; `order`, int64, lists by falling
            bound; `more`, int32, (n_lists,), what is added to the sums in a list; and `bounds`,
            int32, (n_lists,), what they hardly exceed then.

    Returns:
        rows, int64, and scores, float32, in any order, and how many rows were compared.
    """
    ends, order, more, bounds = lists
    slack = slacks[0]
    rows, scores = np.empty(2 * n, np.int64), np.empty(2 * n, np.int32)
    chunk = np.empty(_MOST_CHUNK_ROWS + 63, np.int64)
    sums = np.empty(len(chunk), np.int32)
    n_held, floor, n_chunk, best = 0, _LOWEST, 0, np.full(k, _LOWEST, np.int32)
    n_compared, n_read, n_wanted = 0, 0, _CHUNK_ROWS
    for number in order:
        if n_compared >= least[0] and n_read >= least[1] and best[0] >= bounds[number]:
            break
        row = ends[number - 1] if number > 0 else 0
        n_read += ends[number] - row
        while row < ends[number]:
            first = n_chunk
            n_chunk, row = _gather(numbers, words, row, ends[number], chunk, n_chunk, n_wanted)
            sums[first:n_chunk] = more[number]
            if n_chunk >= n_wanted:
                n_held, floor = _hold_good(
                    wide,
                    narrow,
                    weights,
                    slack,
                    chunk[:n_chunk],
                    sums,
                    n,
                    rows,
                    scores,
                    n_held,
                    floor,
                    best,
                )
                n_compared, n_chunk = n_compared + n_chunk, 0
                if n_compared > _MANY_ROWS:
                    n_wanted = _MOST_CHUNK_ROWS
                if n_compared > n_near:
                    slack = slacks[1]
    chunk = chunk[:n_chunk]
    n_held, _ = _hold_good(
        wide, narrow, weights, slack, chunk, sums, n, rows, scores, n_held, floor, best
    )
    rows, floats = _floats(size, zero, n, rows, scores, n_held)
    return rows, floats, n_compared + n_chunk


@_compiled
def products(matrix, query):  # type: ignore[no-untyped-def]
    """Of the rows of a small matrix, float32 (n, dim), with a query: float32, (n,).

    BLAS would share so little among threads that wait for one another by spinning.
    """
    found = np.empty(len(matrix), np.float32)
    for row in range(len(matrix)):
        product = np.float32(0)
        for i in range(len(query)):
            product += matrix[row, i] * query[i]
        found[row] = product
    return found


@_compiled
def _inner_products(halves, rows, query, products):  # type: ignore[no-untyped-def]
    for at in range(len(rows)):
        if at + _HALVES_AHEAD < len(rows):
            _fetch_ahead(halves, rows[at + _HALVES_AHEAD])
        row = halves[rows[at]]
        product = np.float32(0)
        for i in range(len(query)):
            product += _float_of_half(row[i]) * query[i]
        products[at] = product


@_compiled
def nearly_best(halves, query, rows, k, margin):  # type: ignore[no-untyped-def]
    """The rows whose products with a query are among the k highest, or less than a margin below.

    Args:
        halves: the bits of float16, uint16, (n_all, dim).
        query: float32, (dim,); products are summed in float32.
        rows: int64, (n,), at least k.
    """
    products = np.empty(len(rows), np.float32)
    _inner_products(halves, rows, query, products)
    return rows[products >= _nth_highest(products, k) - margin]


@_compiled
def nearly_best_candidates(  # type: ignore[no-untyped-def]
    halves, query, rows, scores, n, k, margin, sure
):
    """The same of the n candidates with the best scores, or of more where those may be better.

    Args:
        rows, scores: candidates in any order, float32 scores that err; at least k of them.
        sure: twice as many are compared, and so on, until the k-th best product lies so far above
            the next candidate's score.
    """
    taken, products = np.empty(len(rows), np.int64), np.empty(len(rows), np.float32)
    n_taken, above = 0, _HIGHEST_FLOAT
    while True:
        are_all = n >= len(rows)
        below = -_HIGHEST_FLOAT if are_all else _nth_highest(scores, n + 1)
        first = n_taken
        for at in range(len(rows)):
            if below < scores[at] <= above:
                taken[n_taken] = rows[at]
                n_taken += 1
        _inner_products(halves, taken[first:n_taken], query, products[first:n_taken])
        if n_taken == 0 and are_all:  # Scores that are no numbers.
            return taken[:0]
        if are_all or n_taken >= k:
            kth = _nth_highest(products[:n_taken], min(k, n_taken))
            if are_all or kth >= below + sure:
                return taken[:n_taken][products[:n_taken] >= kth - margin]
        n, above = 2 * n, below


@_compiled
def exact_products(halves, rows, query):  # type: ignore[no-untyped-def]
    """The float32 nearest to the products of some rows with a query, and whether all are sure.

    Sums in float64 differ by their order, far less than `_SUMS_DIFFER`. A product is sure where the
    nearest float32 is the same for all of them.

    Args:
        query: float64, (dim,).
    """
    products = np.empty(len(rows), np.float32)
    are_sure = True
    for at in range(len(rows)):
        row = halves[rows[at]]
        product = np.float64(0)
        for i in range(len(query)):
            product += np.float64(_float_of_half(row[i])) * query[i]
        products[at] = np.float32(product)
        lowest, highest = np.float32(product - _SUMS_DIFFER), np.float32(product + _SUMS_DIFFER)
        are_sure &= lowest == highest
    return products, are_sure
