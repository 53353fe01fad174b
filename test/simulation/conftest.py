"""One small simulated scene, rendered once for all tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.simulation.config import CameraConfig, SimulationConfig
from mt_depth_ros.simulation.gl_context import open_gl_context

SMALL_CAMERA = CameraConfig(width=310, height=94, fx=181.0, fy=181.0, cx=154.5, cy=46.5)


@pytest.fixture(scope='session')
def gl_context() -> Any:
    """An OpenGL context; skips the test where no library gives one."""
    try:
        return open_gl_context()
    except ConfigError as error:
        pytest.skip(str(error))


@pytest.fixture(scope='session')
def simulator(gl_context: Any) -> Any:
    """Scene 2 of seed 3 through Virtual KITTI 2's camera, in two conditions."""
    from mt_depth_ros.simulation.scene_simulator import SceneSimulator

    config = SimulationConfig(output=Path('unused'), frames=40, seed=3)
    return SceneSimulator(config, 2, ('clone', 'fog'), gl_context)


@pytest.fixture(scope='session')
def frame(simulator: Any) -> Any:
    """One of its frames."""
    return simulator.frame(12)


@pytest.fixture
def small_config(tmp_path: Path) -> SimulationConfig:
    """A dataset small enough to be made within a test."""
    return SimulationConfig(
        output=tmp_path / 'dataset',
        scenes=1,
        frames=3,
        seed=8,
        conditions=('clone', 'night'),
        camera=SMALL_CAMERA,
        processes=1,
    )
