"""``mt_depth doctor``: what is here, what is missing, and the command that fixes it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
import os
import platform

from rich.console import Console
from rich.markup import escape
from rich.table import Table
import typer

from mt_depth_ros.core.errors import MtDepthError


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        what: what was looked at.
        found: what was found.
        state: ``ok``, ``optional`` (works without) or ``missing``.
        fix: the command or setting that changes it.
    """

    what: str
    found: str
    state: str = 'ok'
    fix: str = ''


def doctor() -> None:
    """Shows what is installed and what is missing; exit code 1 if the node cannot run.

    [bold]Example:[/bold] mt_depth doctor
    """
    findings = [*_python(), *_torch(), *_ros(), *_mask(), *_models()]
    table = Table()
    for column in ('', 'found', 'state', 'to change it'):
        table.add_column(column, overflow='fold')
    colours = {'ok': 'green', 'optional': 'yellow', 'missing': 'red'}
    for each in findings:
        state = f'[{colours[each.state]}]{each.state}[/]'
        # What was found and what to install may hold brackets, which would be read as markup.
        table.add_row(each.what, escape(each.found), state, escape(each.fix))
    Console().print(table)
    if any(each.state == 'missing' for each in findings):
        raise typer.Exit(1)


def _python() -> list[Finding]:
    findings = [Finding(what='Python', found=platform.python_version())]
    for name in ('numpy', 'scipy', 'rosbags', 'safetensors'):
        findings.append(_package(name, name))
    headless = _version('opencv-python-headless')
    providers = [
        name
        for name in ('opencv-python', 'opencv-contrib-python', 'opencv-contrib-python-headless')
        if _version(name)
    ]
    if headless and providers:
        findings.append(
            Finding(
                what='OpenCV',
                found=f'opencv-python-headless and {", ".join(providers)}: one overwrites the '
                'other',
                state='missing',
                fix=f'pip uninstall {" ".join(providers)}; '
                'pip install --force-reinstall opencv-python-headless',
            )
        )
    else:
        findings.append(_package('OpenCV', 'cv2', version_of='opencv-python-headless'))
    return findings


def _torch() -> list[Finding]:
    if find_spec('torch') is None:
        return [_package('torch', 'torch')]
    import torch

    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else ''
    return [
        Finding(what='torch', found=f'{torch.__version__}, {torch.get_num_threads()} threads'),
        Finding(
            what='GPU',
            found=gpu or 'none; networks run on the CPU',
            state='ok' if gpu else 'optional',
            fix='' if gpu else 'install the CUDA build of torch and its driver',
        ),
    ]


def _ros() -> list[Finding]:
    if find_spec('rclpy') is None:
        return [
            Finding(
                what='rclpy',
                found='not installed',
                state='missing',
                fix="source your distribution's setup.bash, or pip install 'mt_depth_ros[ros]'",
            )
        ]
    from mt_depth_ros.ros.home import missing_packages, SUBSTITUTES
    from mt_depth_ros.ros.transport import apply_transport_profile

    distribution = os.environ.get('ROS_DISTRO', '')
    home = f'distribution {distribution}' if distribution else 'plain Python (wheels)'
    transport = apply_transport_profile(dict(os.environ))
    findings = [
        Finding(what='ROS home', found=home),
        Finding(
            what='transport',
            found=transport.reason,
            state='optional' if transport.is_problem else 'ok',
        ),
    ]
    missing = missing_packages()
    for name in SUBSTITUTES:
        is_missing = name in missing
        findings.append(
            Finding(
                what=name,
                found=f'not installed: {missing[name]}' if is_missing else 'installed',
                state='optional' if is_missing else 'ok',
                fix=f'apt install ros-$ROS_DISTRO-{name.replace("_", "-")}' if is_missing else '',
            )
        )
    return findings


def _mask() -> list[Finding]:
    installed = _version('ultralytics')
    return [
        Finding(
            what='mask (ultralytics)',
            found=f'{installed} (AGPL-3.0)' if installed else 'not installed: no foreground mask',
            state='ok' if installed else 'optional',
            fix='weights: mask_weights:=/path/to/yolo11n-seg.pt'
            if installed
            else 'pip install --no-deps -r requirements/ultralytics.txt',
        )
    ]


def _models() -> list[Finding]:
    from mt_depth_ros.networks.model_manifest import find_models_folder, load_model, read_manifest
    from mt_depth_ros.pipeline.build import DEFAULT_MODEL

    try:
        manifest = read_manifest(find_models_folder())
        for name in manifest.entries:
            load_model(name)
    except MtDepthError as error:
        return [Finding(what='models', found=str(error), state='missing', fix='install again')]
    names = ', '.join(manifest.entries) or 'no trained weights'
    return [Finding(what='models', found=f'{names}; auto means {DEFAULT_MODEL}')]


def _package(what: str, module: str, *, version_of: str | None = None) -> Finding:
    if find_spec(module) is None:
        name = version_of or module
        return Finding(
            what=what, found='not installed', state='missing', fix=f'pip install {name}'
        )
    return Finding(what=what, found=_version(version_of or module) or 'from the system')


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ''
