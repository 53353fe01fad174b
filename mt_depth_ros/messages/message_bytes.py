"""The bytes of a message, seen as an array without copying them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.errors import SensorInputError


def bytes_of(data: Any, *, where: str) -> NDArray[np.uint8]:
    """Views the ``data`` field of a message.

    Args:
        data: an ``array.array('B')``, uint8 ndarray, bytes or anything else with the buffer
            protocol.
        where: the topic, for the error.

    Returns:
        (N,) uint8, sharing memory with the message and as writable as it is.

    Raises:
        SensorInputError: the field holds no contiguous bytes (reason ``malformed_data``).
    """
    try:
        return np.frombuffer(data, dtype=np.uint8) if len(data) else np.empty(0, np.uint8)
    except (TypeError, ValueError, BufferError) as error:
        raise SensorInputError(
            reason='malformed_data',
            expected='a data field of contiguous bytes',
            got=f'{type(data).__name__} ({error})',
            where=where,
            remedy='check the node that publishes it',
        ) from error
