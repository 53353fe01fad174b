"""Finds an OpenGL library for offscreen rendering, once per process."""

from __future__ import annotations

import ctypes
import importlib
from importlib.util import find_spec
import os
from typing import Any

from mt_depth_ros.core.errors import ConfigError

_LIBRARIES: dict[str, tuple[tuple[str, ...], ...]] = {
    'egl': (('libEGL.so.1',), ('libOpenGL.so.0', 'libGL.so.1', 'libGLESv2.so.2')),
    'osmesa': (('libOSMesa.so.8',),),
}
"""What each needs: of every entry, any one library. EGL only makes contexts; the functions that
draw come from another library, without which PyOpenGL fails far from the cause."""
_SURFACE_PX = 16
PACKAGES_HINT = (
    'install one, for example "apt-get install libosmesa6" or '
    '"apt-get install libegl1 libgl1-mesa-dri libopengl0"; '
    'MUJOCO_GL=osmesa or MUJOCO_GL=egl chooses between them'
)


def open_gl_context() -> Any:
    """Makes an offscreen OpenGL context; sets MUJOCO_GL before MuJoCo is first imported.

    Images of any size can be drawn in it: they go into framebuffers of their own.

    Raises:
        ConfigError: MuJoCo is not installed, or no OpenGL library can be used.
    """
    if find_spec('triton') is not None:
        # Mesa makes its LLVM global, and triton (of CUDA torch), loaded later, crashes on it.
        importlib.import_module('triton')
    wanted = os.environ.get('MUJOCO_GL', '').lower()
    candidates = [wanted] if wanted in _LIBRARIES else list(_LIBRARIES)
    reasons = []
    for backend in candidates:
        missing = [names for names in _LIBRARIES[backend] if not _can_load_one(names)]
        if missing:
            reasons.append(f'{backend}: no ' + ', no '.join(' or '.join(m) for m in missing))
            continue
        os.environ['MUJOCO_GL'] = os.environ['PYOPENGL_PLATFORM'] = backend
        try:
            module = importlib.import_module(f'mujoco.{backend}')
            context = module.GLContext(_SURFACE_PX, _SURFACE_PX)
            context.make_current()
        except ModuleNotFoundError as error:
            raise ConfigError(
                expected='the Python package mujoco',
                got=str(error),
                where='simulation',
                remedy="pip install 'mt_depth_ros[sim]'",
            ) from error
        except (ImportError, RuntimeError, AttributeError) as error:
            reasons.append(f'{backend}: {error}')
            continue
        return context
    raise ConfigError(
        expected='an OpenGL library for rendering without a screen (EGL or OSMesa)',
        got='; '.join(reasons),
        where='simulation',
        remedy=PACKAGES_HINT,
    )


def _can_load_one(names: tuple[str, ...]) -> bool:
    """Whether the system has one of these libraries."""
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False
