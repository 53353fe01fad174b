"""The parameter table as text: the file that ships in ``config/`` and the table of the README."""

from __future__ import annotations

import textwrap

import yaml

from mt_depth_ros.ros.node_config import parameter_specs
from mt_depth_ros.ros.parameter_spec import ParameterSpec, ParameterValue

_YAML_HEADER = """\
# Parameters of depth_completion_node, all at their defaults. Copy the lines you change.
#
#   ros2 launch mt_depth_ros depth_completion.launch.py params_file:=/path/to/this.yaml
#   depth_completion_node --ros-args --params-file /path/to/this.yaml
#
# With `ros2 param set`, parameters may be changed while the node is unconfigured; more often where
# these words stand behind them:
#
# (dynamic): at any time, and it counts from the next frame on.
# (while inactive): also once it is configured, as long as it is not active.
# (at the start): only here.
/**:
  ros__parameters:
"""


def parameters_yaml() -> str:
    """The parameters file with every default, commented from the table."""
    return _YAML_HEADER + '\n'.join(_yaml_entry(spec) for spec in parameter_specs())


def parameters_markdown() -> str:
    """The table as Markdown, a row for each parameter."""
    lines = ['| parameter | default | range | meaning |', '|---|---|---|---|']
    for spec in parameter_specs():
        unit = f' {spec.unit}' if spec.unit else ''
        limits = spec.range_text.replace('|', '\\|')
        note = f' *{spec.settable_note}*' if spec.settable_note else ''
        lines.append(
            f'| `{spec.name}` | `{_scalar(spec.default)}`{unit} | {limits} '
            f'| {spec.description}{note} |'
        )
    return '\n'.join(lines) + '\n'


def _yaml_entry(spec: ParameterSpec) -> str:
    notes = [spec.description]
    if spec.range_text or spec.unit:
        notes.append(f'[{" ".join(filter(None, (spec.range_text, spec.unit)))}]')
    if spec.settable_note:
        notes.append(spec.settable_note)
    comment = textwrap.wrap(
        ' '.join(notes), width=93, initial_indent='    # ', subsequent_indent='    # '
    )
    return '\n'.join([*comment, f'    {spec.name}: {_scalar(spec.default)}', ''])


def _scalar(value: ParameterValue) -> str:
    """A value as YAML writes it; ROS cannot read an empty list, so [''] stands for it."""
    if isinstance(value, tuple):
        value_list = list(value) or ['']
        return str(yaml.safe_dump(value_list, default_flow_style=True)).strip()
    if isinstance(value, str):
        return f"'{value}'"
    return str(yaml.safe_dump(value)).splitlines()[0]
