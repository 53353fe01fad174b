"""The layers of the package: who may import whom, read from every import statement."""

from __future__ import annotations

import ast
from pathlib import Path
import subprocess
import sys

import pytest

PACKAGE = Path(__file__).parents[1] / 'mt_depth_ros'

# Besides itself and core. What a row names, it may import directly; nothing is inherited.
MAY_IMPORT = {
    'core': set(),
    'messages': set(),
    'networks': set(),
    'classical': set(),
    'segmentation': set(),
    'visualization': set(),
    'bag': {'messages'},
    'data': {'bag'},
    'simulation': {'data', 'bag', 'messages', 'visualization'},
    'pipeline': {'networks', 'classical', 'segmentation'},
    'evaluation': {'pipeline', 'segmentation', 'data', 'bag', 'messages', 'visualization'},
    'training': {'networks', 'data', 'pipeline', 'evaluation', 'visualization'},
    'ros': {'pipeline', 'messages'},
    'cli': {
        'messages', 'networks', 'classical', 'segmentation', 'visualization', 'bag', 'data',
        'simulation', 'pipeline', 'evaluation', 'training', 'ros',
    },
}  # fmt: skip

ROS = {
    'rclpy', 'sensor_msgs', 'std_msgs', 'geometry_msgs', 'diagnostic_msgs', 'rosgraph_msgs',
    'builtin_interfaces', 'rcl_interfaces', 'lifecycle_msgs', 'tf2_msgs', 'tf2_ros',
    'message_filters', 'cv_bridge', 'sensor_msgs_py', 'diagnostic_updater',
}  # fmt: skip

# Third-party packages that only some layers may touch.
ONLY_IN = {
    **{name: {'ros'} for name in ROS},
    'torch': {'networks', 'segmentation', 'pipeline', 'training', 'cli'},
    'ultralytics': {'segmentation'},
    'rosbags': {'bag'},
    'mujoco': {'simulation'},
    'scipy': {'classical', 'data', 'evaluation', 'simulation'},
    'typer': {'cli'},
}


def imported_names(path: Path) -> list[str]:
    """Every module a file imports, at any depth of nesting."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f'{path}: relative import'
            names.append(node.module or '')
    return names


def layer_files() -> list[tuple[str, Path]]:
    return [
        (path.relative_to(PACKAGE).parts[0], path)
        for path in sorted(PACKAGE.rglob('*.py'))
        if len(path.relative_to(PACKAGE).parts) > 1
    ]


def test_every_folder_has_a_row() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if (path / '__init__.py').exists()}
    assert folders == set(MAY_IMPORT)


@pytest.mark.parametrize(('layer', 'path'), layer_files(), ids=lambda value: str(value)[-50:])
def test_imports_go_one_way(layer: str, path: Path) -> None:
    allowed = MAY_IMPORT[layer] | {layer, 'core'}
    for name in imported_names(path):
        parts = name.split('.')
        if parts[0] == 'mt_depth_ros' and len(parts) > 1:
            assert parts[1] in allowed, f'{path.name} ({layer}) imports {name}'
        elif parts[0] in ONLY_IN:
            assert layer in ONLY_IN[parts[0]], f'{path.name} ({layer}) imports {name}'


def test_ultralytics_is_imported_to_find_masks_and_to_train_for_them_only() -> None:
    importers = {
        path.relative_to(PACKAGE).as_posix()
        for _, path in layer_files()
        if any(name.split('.')[0] == 'ultralytics' for name in imported_names(path))
    }
    assert importers == {'segmentation/yolo_segmenter.py', 'segmentation/mask_training.py'}


def test_package_inits_hold_a_docstring_only() -> None:
    for path in PACKAGE.rglob('__init__.py'):
        body = ast.parse(path.read_text(encoding='utf-8')).body
        assert len(body) == 1, path
        assert isinstance(body[0], ast.Expr), path


def test_evaluation_and_pipeline_load_no_ros() -> None:
    modules = [
        '.'.join(path.relative_to(PACKAGE.parent).with_suffix('').parts)
        for layer, path in layer_files()
        if layer in {'pipeline', 'evaluation', 'bag', 'messages'}
    ]
    code = (
        'import importlib, sys\n'
        f'for name in {modules!r}: importlib.import_module(name)\n'
        f'assert not set(sys.modules) & {ROS!r}\n'
    )
    subprocess.run([sys.executable, '-c', code], check=True, cwd=PACKAGE.parent)
