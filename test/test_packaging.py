"""What a user installs: requirements, pins, manifest and the files that ship beside the code."""

from __future__ import annotations

import ast
from importlib.metadata import packages_distributions
from pathlib import Path
import re
import runpy
import sys
from typing import Any
from xml.etree import ElementTree

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
import pytest
import setuptools

from mt_depth_ros.ros.home import SUBSTITUTES

ROOT = Path(__file__).parents[1]
MANIFEST = ElementTree.parse(ROOT / 'package.xml').getroot()

# import name -> what brings it with pip (a requirement of setup.py or of requirements/) and in a
# ROS 2 distribution (a dependency of package.xml; None: its comment says how).
BROUGHT_BY = {
    'PIL': ('pillow', 'python3-pil'),
    'builtin_interfaces': ('ros-builtin-interfaces', 'builtin_interfaces'),
    'cv2': ('opencv-python-headless', 'python3-opencv'),
    'diagnostic_msgs': ('ros-diagnostic-msgs', 'diagnostic_msgs'),
    'geometry_msgs': ('ros-geometry-msgs', 'geometry_msgs'),
    'lightning_fabric': ('lightning-fabric', None),
    'matplotlib': ('matplotlib', None),
    'mujoco': ('mujoco', None),
    'numpy': ('numpy', 'python3-numpy'),
    'polars': ('polars', None),
    'rcl_interfaces': ('ros-rcl-interfaces', 'rcl_interfaces'),
    'rclpy': ('ros-kilted-rclpy', 'rclpy'),
    'rich': ('rich', 'python3-rich'),
    'rosbags': ('rosbags', 'python3-rosbags-pip'),
    'rosgraph_msgs': ('ros-rosgraph-msgs', 'rosgraph_msgs'),
    'safetensors': ('safetensors', None),
    'scipy': ('scipy', 'python3-scipy'),
    'sensor_msgs': ('ros-kilted-sensor-msgs', 'sensor_msgs'),
    'std_msgs': ('ros-std-msgs', 'std_msgs'),
    'torch': ('torch', 'python3-torch'),
    'typer': ('typer', 'python3-typer'),
    'ultralytics': ('ultralytics', None),
    'yaml': ('PyYAML', 'python3-yaml'),
}
BROUGHT_FOR_TESTS_BY = {
    'hypothesis': ('hypothesis', 'python3-hypothesis'),
    'lifecycle_msgs': ('ros-lifecycle-msgs', 'lifecycle_msgs'),
    'packaging': ('packaging', 'python3-packaging'),
    'pytest': ('pytest', 'python3-pytest'),
    'setuptools': ('setuptools', 'python3-setuptools'),
    'sklearn': ('scikit-learn', 'python3-sklearn'),
}

# What launch tests import; a distribution brings it, PyPI does not.
BROUGHT_FOR_TESTS_BY_ROS = {'launch', 'launch_testing'}


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The package as setup.py describes it to setuptools."""
    described: dict[str, Any] = {}
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(setuptools, 'setup', described.update)
    runpy.run_path('setup.py')
    return described


def requirements(project: dict[str, Any]) -> list[Requirement]:
    extras = [line for lines in project['extras_require'].values() for line in lines]
    return [Requirement(line) for line in [*project['install_requires'], *extras]]


def pins(name: str) -> dict[str, str]:
    """Project -> version, of a file of requirements/."""
    lines = (ROOT / 'requirements' / name).read_text(encoding='utf-8').splitlines()
    found = [line.split('==') for line in lines if not line.startswith('#')]
    return {canonicalize_name(project): version for project, version in found}


def manifest_names(tag: str) -> set[str | None]:
    return {element.text for element in MANIFEST.iter(tag)}


def third_party_imports(folder: str) -> set[str]:
    names: set[str] = set()
    for path in (ROOT / folder).rglob('*.py'):
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition('.')[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add((node.module or '').partition('.')[0])
    own = {'mt_depth_ros', *(path.stem for path in (ROOT / folder).rglob('launch_tests/*.py'))}
    return names - set(sys.stdlib_module_names) - own


def test_one_opencv_is_installed_and_it_is_the_headless_one() -> None:
    providers = set(packages_distributions().get('cv2', []))
    if not providers:
        pytest.skip('cv2 is a system package here')
    assert providers == {'opencv-python-headless'}


def test_setup_and_manifest_say_the_same(project: dict[str, Any]) -> None:
    assert project['name'] == MANIFEST.findtext('name')
    assert project['version'] == MANIFEST.findtext('version')
    assert project['license'] == MANIFEST.findtext('license') == 'Apache-2.0'
    assert 'Apache License' in (ROOT / 'LICENSE').read_text(encoding='utf-8')


def test_the_parser_of_ros_has_no_complaint_about_the_manifest() -> None:
    parser = pytest.importorskip('catkin_pkg.package', reason='needs catkin_pkg')
    warnings: list[str] = []
    package = parser.parse_package(str(ROOT), warnings=warnings)
    package.validate(warnings)
    assert warnings == []
    assert package.package_format == 3
    assert package.get_build_type() == 'ament_python'


def test_no_dependency_of_the_manifest_is_named_twice() -> None:
    for tag in ('exec_depend', 'test_depend'):
        names = [element.text for element in MANIFEST.iter(tag)]
        assert len(names) == len(set(names)), tag


@pytest.mark.parametrize('folder', ['launch', 'config', 'models'])
def test_every_shipped_file_is_installed(project: dict[str, Any], folder: str) -> None:
    installed = {
        (destination, source)
        for destination, sources in project['data_files']
        for source in sources
    }
    expected = {
        (f'share/mt_depth_ros/{path.parent.relative_to(ROOT)}', str(path.relative_to(ROOT)))
        for path in (ROOT / folder).rglob('*')
        if path.is_file() and path.suffix != '.pyc'
    }
    assert {pair for pair in installed if pair[1].startswith(f'{folder}/')} == expected


def test_ros_finds_the_package_by_its_marker(project: dict[str, Any]) -> None:
    index = 'share/ament_index/resource_index/packages'
    assert (index, ['resource/mt_depth_ros']) in project['data_files']
    assert ('share/mt_depth_ros', ['package.xml']) in project['data_files']
    assert (ROOT / 'resource/mt_depth_ros').is_file()


def test_every_requirement_is_pinned_to_a_version_it_allows(project: dict[str, Any]) -> None:
    pinned = pins('jazzy.txt') | pins('constraints.txt')
    for requirement in requirements(project):
        name = canonicalize_name(requirement.name)
        assert name in pinned, f'{requirement} is not pinned'
        assert pinned[name] in requirement.specifier, f'{requirement}, pinned to {pinned[name]}'


def test_the_oldest_versions_that_are_tested_are_allowed(project: dict[str, Any]) -> None:
    allowed = {canonicalize_name(need.name): need.specifier for need in requirements(project)}
    for name, version in pins('oldest.txt').items():
        assert version in allowed[name], name


@pytest.mark.parametrize('name', ['constraints.txt', 'jazzy.txt', 'oldest.txt', 'ultralytics.txt'])
def test_pins_are_plain_versions_of_public_releases(name: str) -> None:
    lines = (ROOT / 'requirements' / name).read_text(encoding='utf-8').splitlines()
    for line in lines:
        assert re.fullmatch(r'#.*|[A-Za-z0-9][A-Za-z0-9._-]*==[0-9][0-9a-z.]*', line), line


@pytest.mark.parametrize(
    ('folder', 'brought_by', 'tags'),
    [
        ('mt_depth_ros', BROUGHT_BY, ['exec_depend']),
        ('test', BROUGHT_BY | BROUGHT_FOR_TESTS_BY, ['exec_depend', 'test_depend']),
    ],
)
def test_what_is_imported_is_asked_for_in_both_homes(
    project: dict[str, Any],
    folder: str,
    brought_by: dict[str, tuple[str, str | None]],
    tags: list[str],
) -> None:
    with_pip = {canonicalize_name(requirement.name) for requirement in requirements(project)}
    with_pip |= set(pins('ultralytics.txt'))
    in_ros = {None}.union(*(manifest_names(tag) for tag in tags))
    for module in third_party_imports(folder):
        if folder == 'test' and module in BROUGHT_FOR_TESTS_BY_ROS:
            assert module in in_ros
            continue
        assert module in brought_by, f'{folder} imports {module}: say here what brings it'
        project_name, key = brought_by[module]
        assert canonicalize_name(project_name) in with_pip, module
        assert key in in_ros, module


def test_every_extra_that_a_message_names_exists(project: dict[str, Any]) -> None:
    named = {
        extra
        for path in (ROOT / 'mt_depth_ros').rglob('*.py')
        for extra in re.findall(r'mt_depth_ros\[(\w+)\]', path.read_text(encoding='utf-8'))
    }
    assert {'ros', 'sim'} <= named <= set(project['extras_require'])


def test_what_only_a_ros_distribution_has_is_in_the_manifest() -> None:
    packages = {'tf2_ros_py' if name == 'tf2_ros' else name for name in SUBSTITUTES}
    packages |= third_party_imports('launch')
    assert packages <= manifest_names('exec_depend')
