from __future__ import annotations

import subprocess
import sys

import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.simulation import gl_context


def test_without_an_opengl_library_the_error_names_the_package(monkeypatch) -> None:
    monkeypatch.setattr(gl_context, '_LIBRARIES', {'egl': (('libAbsent.so.1',),)})
    with pytest.raises(ConfigError, match=r'apt-get install libosmesa6'):
        gl_context.open_gl_context()


def test_egl_without_a_library_that_draws_is_passed_over(monkeypatch) -> None:
    egl = (('libc.so.6',), ('libAbsent.so.1', 'libAbsentToo.so.2'))
    monkeypatch.setattr(gl_context, '_LIBRARIES', {'egl': egl, 'osmesa': (('libNone.so.8',),)})
    monkeypatch.delenv('MUJOCO_GL', raising=False)
    reasons = 'egl: no libAbsent.so.1 or libAbsentToo.so.2; osmesa: no libNone.so.8'
    with pytest.raises(ConfigError, match=f'got {reasons}; install one'):
        gl_context.open_gl_context()


def test_importing_the_entry_point_loads_no_mujoco() -> None:
    code = 'import mt_depth_ros.simulation.simulate, sys; assert "mujoco" not in sys.modules'
    subprocess.run([sys.executable, '-c', code], check=True)
