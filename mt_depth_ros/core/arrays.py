"""Names for the numpy arrays that cross boundaries."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

ByteImage: TypeAlias = NDArray[np.uint8]
"""(H, W) or (H, W, 3) uint8."""

BoolImage: TypeAlias = NDArray[np.bool_]
"""(H, W) bool."""

FloatImage: TypeAlias = NDArray[np.float32]
"""(H, W) float32."""

FloatArray: TypeAlias = NDArray[np.float32]
"""float32 of any shape."""

Matrix: TypeAlias = NDArray[np.float64]
"""Small float64 matrix or vector: intrinsics, rotations, translations."""

AnyArray: TypeAlias = NDArray[Any]

Places: TypeAlias = NDArray[np.int32]
"""Places in a flattened image, int32 of any shape."""
