"""Fixtures every layer's tests may use."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """The folder of real recordings beside the repository; skips the test where it is absent."""
    folder = Path(__file__).parents[1] / '../shared/data'
    if not folder.is_dir():
        pytest.skip('needs the real recordings in ../shared/data')
    return folder.resolve()
