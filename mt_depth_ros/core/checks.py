"""Checks of arrays at the boundaries of the package, with one message format."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def check_array(
    array: NDArray[Any], *, name: str, shape: tuple[int | None, ...], dtype: type | str
) -> None:
    """Raises unless ``array`` has the dtype and shape it must have.

    Args:
        array: the array to check.
        name: what to call it in the message.
        shape: the expected shape; ``None`` stands for any length.
        dtype: the expected numpy dtype.

    Raises:
        ValueError: the shape or dtype differs. A programming error, not a user's.
    """
    if not isinstance(array, np.ndarray):
        raise ValueError(f'{name}: expected a numpy array, got {type(array).__name__}')
    if array.dtype != np.dtype(dtype):
        raise ValueError(f'{name}: expected dtype {np.dtype(dtype)}, got {array.dtype}')
    matches = array.ndim == len(shape) and all(
        want is None or want == got for want, got in zip(shape, array.shape, strict=True)
    )
    if not matches:
        wanted = tuple('any' if length is None else length for length in shape)
        raise ValueError(f'{name}: expected shape {wanted}, got {array.shape}')
