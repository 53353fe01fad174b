"""The parameter table, the YAML file and the node agree."""

from __future__ import annotations

import pytest
from rclpy.parameter import Parameter
import yaml

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.ros.node_config import NodeConfig, parameter_specs
from mt_depth_ros.ros.parameter_declaration import declare_parameters
from mt_depth_ros.ros.parameter_documents import parameters_markdown, parameters_yaml


@pytest.fixture
def make_node(ros_context):
    import rclpy

    nodes = []

    def make(*arguments: str, **values):
        overrides = [Parameter(name, value=value) for name, value in values.items()]
        options = {'parameter_overrides': overrides} if overrides else {}
        if arguments:
            options['cli_args'] = ['--ros-args', *arguments]
        nodes.append(rclpy.create_node('depth_completion', context=ros_context, **options))
        return nodes[-1]

    yield make
    for node in nodes:
        node.destroy_node()


def test_the_parameters_file_is_what_the_table_says(repository) -> None:
    path = repository / 'config/depth_completion.yaml'
    assert path.read_text(encoding='utf-8') == parameters_yaml(), (
        'write it again: python -c "from mt_depth_ros.ros.parameter_documents import *; '
        "print(parameters_yaml(), end='')\" > config/depth_completion.yaml"
    )


def test_the_parameters_file_sets_every_default_for_any_node_name(repository, make_node) -> None:
    path = repository / 'config/depth_completion.yaml'
    content = yaml.safe_load(path.read_text(encoding='utf-8'))
    assert set(content['/**']['ros__parameters']) == {spec.name for spec in parameter_specs()}
    node = make_node('--params-file', str(path))
    assert declare_parameters(node) == NodeConfig()


def test_a_list_that_is_left_empty_in_the_parameters_file_is_empty(tmp_path, make_node) -> None:
    path = tmp_path / 'parameters.yaml'
    lists = {'static_transforms': [], 'mask_classes': []}
    path.write_text(yaml.safe_dump({'/**': {'ros__parameters': lists}}), encoding='utf-8')
    node = make_node('--params-file', str(path))
    assert declare_parameters(node) == NodeConfig()
    # It can be asked for and set as any other.
    assert node.get_parameter('mask_classes').value == ['']
    (result,) = node.set_parameters([Parameter('mask_classes', value=['car'])])
    assert result.successful, result.reason


def test_every_parameter_is_described_with_range_and_unit(make_node) -> None:
    node = make_node()
    declare_parameters(node)
    for spec in parameter_specs():
        descriptor = node.describe_parameter(spec.name)
        assert descriptor.description.startswith(spec.description), spec.name
        assert descriptor.read_only is (spec.settable == 'at_start')
        assert spec.description.endswith('.')
    tolerance = node.describe_parameter('sync_tolerance')
    assert tolerance.description.endswith('[s]')
    assert tolerance.floating_point_range[0].to_value == 10.0
    assert node.describe_parameter('cloud_stride').integer_range[0].from_value == 1
    assert node.describe_parameter('sky_output').additional_constraints == (
        'inf | nan | max_range | keep'
    )


def test_markdown_has_a_row_for_each_parameter() -> None:
    lines = parameters_markdown().splitlines()
    assert len(lines) == 2 + len(parameter_specs())
    assert '| `sync_tolerance` | `0.06` s | 0 to 10 | ' in parameters_markdown()


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('-p', 'max_range:=80'), 'parameter max_range: expected a double at least 0.1'),
        (('-p', 'depth_source:=radar'), 'expected one of auto, points, sparse_depth'),
        (('-p', 'cloud_min_confidence:=1.5'), 'parameter cloud_min_confidence: expected a double'),
        (('-p', 'cloud_stride:=0'), 'parameter cloud_stride: expected a integer 1 to 64'),
        (('-p', 'model:=3'), 'parameter model: expected a string'),
    ],
)
def test_a_wrong_value_is_refused_by_name(make_node, arguments, message) -> None:
    with pytest.raises(ConfigError, match=message):
        declare_parameters(make_node(*arguments))


def test_true_may_be_written_without_quotes(make_node) -> None:
    config = declare_parameters(make_node('-p', 'input_is_rectified:=true'))
    assert config.input_is_rectified == 'true'


@pytest.mark.parametrize('word', ['inf', 'nan', 'max_range'])
def test_inf_and_nan_may_be_written_without_quotes(make_node, word: str) -> None:
    assert declare_parameters(make_node('-p', f'sky_output:={word}')).sky_output == word


def test_static_transforms_come_as_a_list(make_node) -> None:
    config = declare_parameters(make_node(static_transforms=['0 0 0 0 0 0 1 a b']))
    assert config.static_transforms == ('0 0 0 0 0 0 1 a b',)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ConfigError, match="got 'sync_tolerence'"):
        NodeConfig.from_values({'sync_tolerence': 0.1})


def test_limits_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ConfigError, match='min_depth below max_range'):
        NodeConfig(min_depth=10.0, max_range=5.0)
