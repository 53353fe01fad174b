"""Warnings of the ROS-free layers, which use Python's logging, in the ROS log."""

from __future__ import annotations

import logging
from typing import Any

import mt_depth_ros

_PACKAGE = mt_depth_ros.__name__


class _RosLogHandler(logging.Handler):
    def __init__(self, logger: Any) -> None:
        super().__init__(logging.WARNING)
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a record with the severity it has."""
        write = self._logger.error if record.levelno >= logging.ERROR else self._logger.warning
        write(record.getMessage())


def forward_python_log(logger: Any) -> None:
    """Sends warnings and errors of this package's Python loggers to a ROS logger.

    Args:
        logger: of rclpy.
    """
    package_logger = logging.getLogger(_PACKAGE)
    package_logger.addHandler(_RosLogHandler(logger))
    package_logger.propagate = False
