"""Fixtures every layer's tests may use."""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path

from hypothesis import settings
import pytest

# Shared machines stall now and then, so no example has a deadline.
settings.register_profile('suite', deadline=None)
settings.register_profile('thorough', deadline=None, max_examples=10_000)
settings.load_profile(os.environ.get('HYPOTHESIS_PROFILE', 'suite'))


@pytest.fixture(scope='session', autouse=True)
def cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps what tests export out of the user's cache; processes they start inherit it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('XDG_CACHE_HOME', str(tmp_path_factory.mktemp('cache')))
        yield


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """The folder of real recordings beside the repository; skips the test where it is absent."""
    folder = Path(__file__).parents[1] / '../shared/data'
    if not folder.is_dir():
        pytest.skip('needs the real recordings in ../shared/data')
    return folder.resolve()
