"""Kernels for CUDA that torch has none for; Triton compiles them where they first run.

Only imported where Triton is there and a CUDA device is used.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl


def add_norm(
    left: torch.Tensor,
    right: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor,
    epsilon: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """A sum and its layer norm, reading both summands once.

    Args:
        left, right: (..., width), contiguous, one dtype.
        weight, bias: (width,).
    Returns:
        The sum and what the norm makes of it, both like `left`. In between all is float32.
    """
    width = left.shape[-1]
    total, normed = torch.empty_like(left), torch.empty_like(left)
    block = triton.next_power_of_2(width)
    with torch.cuda.device_of(left):  # type: ignore[no-untyped-call]
        _add_norm[(left.numel() // width,)](
            left, right, weight, bias, total, normed, width, epsilon, BLOCK=block
        )
    return total, normed


@triton.jit  # type: ignore[untyped-decorator]
def _add_norm(  # type: ignore[no-untyped-def]
    left,
    right,
    weight,
    bias,
    total,
    normed,
    width,
    epsilon,
    BLOCK: tl.constexpr,  # noqa: N803
):
    columns = tl.arange(0, BLOCK)
    inside = columns < width
    places = tl.program_id(0).to(tl.int64) * width + columns
    values = tl.load(left + places, inside, 0.0).to(tl.float32)
    values += tl.load(right + places, inside, 0.0).to(tl.float32)
    tl.store(total + places, values.to(total.dtype.element_ty), inside)
    centred = tl.where(inside, values - tl.sum(values, 0) / width, 0.0)
    scale = tl.rsqrt(tl.sum(centred * centred, 0) / width + epsilon)
    by = tl.load(weight + columns, inside, 0.0).to(tl.float32)
    plus = tl.load(bias + columns, inside, 0.0).to(tl.float32)
    made = centred * scale * by + plus
    tl.store(normed + places, made.to(normed.dtype.element_ty), inside)


def cut_patches(
    pixels: torch.Tensor, patches: torch.Tensor, side: int, scale: torch.Tensor, shift: torch.Tensor
) -> None:
    """Fill `patches` with normalised pixels, patch by patch, row by row.

    Args:
        pixels: uint8 (n, height, width, 3), contiguous.
        patches: (n, rows, columns, at least side * side * 3), contiguous; what is longer is left.
        side: pixels to a patch's side.
        scale, shift: float32 (3,); a pixel becomes `shift + scale * pixel`.
    """
    n, n_rows, n_columns, length = patches.shape
    block = triton.next_power_of_2(side * side * 3)
    sizes = (*pixels.shape[1:3], n_rows, n_columns, length)
    with torch.cuda.device_of(pixels):  # type: ignore[no-untyped-call]
        _cut_patches[(n * n_rows * n_columns,)](
            pixels, patches, scale, shift, *sizes, SIDE=side, BLOCK=block
        )


@triton.jit  # type: ignore[untyped-decorator]
def _cut_patches(  # type: ignore[no-untyped-def]
    pixels,
    patches,
    scale,
    shift,
    height,
    width,
    n_rows,
    n_columns,
    length,
    SIDE: tl.constexpr,  # noqa: N803
    BLOCK: tl.constexpr,  # noqa: N803
):
    patch = tl.program_id(0).to(tl.int64)
    column, row = patch % n_columns, (patch // n_columns) % n_rows
    picture = patch // (n_columns * n_rows)
    values = tl.arange(0, BLOCK)
    inside = values < SIDE * SIDE * 3
    y, x = values // (SIDE * 3), values % (SIDE * 3)
    line = (picture * height + row * SIDE + y) * width + column * SIDE
    read = tl.load(pixels + line * 3 + x, inside, 0).to(tl.float32)
    made = tl.load(shift + x % 3) + tl.load(scale + x % 3) * read
    tl.store(patches + patch * length + values, made.to(patches.dtype.element_ty), inside)
