"""The parameter table as rclpy's parameters: declared, described, and changed while running."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.ros.node_config import NodeConfig, parameter_specs
from mt_depth_ros.ros.parameter_spec import ParameterSpec

# Stands for "no limit" in a descriptor's range, which has to name both ends.
_NO_LIMIT = 1e9


def parameter_descriptor(spec: ParameterSpec) -> ParameterDescriptor:
    """What ``ros2 param describe`` shows.

    Args:
        spec: a row of the table.
    """
    unit = f' [{spec.unit}]' if spec.unit else ''
    descriptor = ParameterDescriptor(
        description=spec.description + unit,
        additional_constraints=spec.range_text,
        read_only=not spec.is_dynamic,
        # YAML turns an unquoted true into a boolean, which the row accepts for the word.
        dynamic_typing='true' in spec.choices,
    )
    if spec.minimum is None and spec.maximum is None:
        return descriptor
    low = -_NO_LIMIT if spec.minimum is None else spec.minimum
    high = _NO_LIMIT if spec.maximum is None else spec.maximum
    if isinstance(spec.default, int):
        integers = IntegerRange(from_value=int(low), to_value=int(high), step=1)
        descriptor.integer_range = [integers]
    else:
        numbers = FloatingPointRange(from_value=float(low), to_value=float(high), step=0.0)
        descriptor.floating_point_range = [numbers]
    return descriptor


def declare_parameters(node: Node) -> NodeConfig:
    """Declares every row of the table and reads what the user has set.

    Args:
        node: the node to declare them on.

    Raises:
        ConfigError: a value of the wrong type or out of range, naming the parameter.
    """
    values = {}
    for spec in parameter_specs():
        default = list(spec.default) or [''] if isinstance(spec.default, tuple) else spec.default
        try:
            parameter: Parameter[Any] = node.declare_parameter(
                spec.name, default, parameter_descriptor(spec)
            )
        except (InvalidParameterTypeException, InvalidParameterValueException) as error:
            raise _refusal(spec, error) from error
        values[spec.name] = parameter.value
    return NodeConfig.from_values(values)


def _refusal(spec: ParameterSpec, error: Exception) -> ConfigError:
    if isinstance(error, InvalidParameterTypeException):
        remedy = f'give a {spec.type_name}'
        remedy += ', with a decimal point' if spec.type_name == 'double' else ''
    else:
        remedy = 'give a value in range'
    return ConfigError(
        expected=f'a {spec.type_name} {spec.range_text}'.rstrip(),
        got=str(error),
        where=f'parameter {spec.name}',
        remedy=f'{remedy} (default {spec.default!r})',
    )


class ConfigKeeper:
    """Holds the node's current configuration and follows changes of its parameters.

    Any thread may read :attr:`config`; a frame reads it once and so sees one state.

    Args:
        node: the node whose parameters these are.
        config: the configuration at the start.
        on_change: called with the new configuration after each accepted change.
    """

    def __init__(
        self, node: Node, config: NodeConfig, on_change: Callable[[NodeConfig], None]
    ) -> None:
        self._config = config
        self._on_change = on_change
        node.add_on_set_parameters_callback(self._check)
        node.add_post_set_parameters_callback(self._accept)

    @property
    def config(self) -> NodeConfig:
        """The configuration as of now."""
        return self._config

    def _check(self, parameters: Iterable[Parameter[Any]]) -> SetParametersResult:
        try:
            self._changed(parameters)
        except ConfigError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _accept(self, parameters: Iterable[Parameter[Any]]) -> None:
        changed = self._changed(parameters)
        if changed != self._config:
            self._config = changed
            self._on_change(changed)

    def _changed(self, parameters: Iterable[Parameter[Any]]) -> NodeConfig:
        known = {spec.name for spec in parameter_specs()}
        return self._config.with_values(
            {
                parameter.name: parameter.value
                for parameter in parameters
                if parameter.name in known
            }
        )
