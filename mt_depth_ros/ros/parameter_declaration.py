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
from mt_depth_ros.ros.managed_node import ACTIVE, INACTIVE, UNCONFIGURED
from mt_depth_ros.ros.node_config import NodeConfig, parameter_specs
from mt_depth_ros.ros.parameter_spec import ParameterSpec, Settable

# The states that a change is accepted in; none: in each.
_STATES: dict[Settable, tuple[str, ...]] = {
    'always': (),
    'while_inactive': (UNCONFIGURED, INACTIVE),
    'while_unconfigured': (UNCONFIGURED,),
    'at_start': (),
}
_WAYS = {
    (ACTIVE, INACTIVE): 'deactivate',
    (ACTIVE, UNCONFIGURED): 'deactivate and cleanup',
    (INACTIVE, UNCONFIGURED): 'cleanup',
}
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
        read_only=spec.settable == 'at_start',
        # YAML turns an unquoted true or inf into another type, which the row takes for the word.
        dynamic_typing=spec.is_read_as_another_type,
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
        if parameter.value is None and isinstance(spec.default, tuple):
            # An empty list in YAML has no type, so it arrives as no value at all.
            parameter = Parameter(spec.name, value=default)
            node.set_parameters([parameter])
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
        state: gives the label of the node's lifecycle state.
        on_change: called with the new configuration after each accepted change.
    """

    def __init__(
        self,
        node: Node,
        config: NodeConfig,
        *,
        state: Callable[[], str],
        on_change: Callable[[NodeConfig], None],
    ) -> None:
        self._node = node
        self._config = config
        self._state = state
        self._on_change = on_change
        node.add_on_set_parameters_callback(self._check)
        node.add_post_set_parameters_callback(self._accept)

    @property
    def config(self) -> NodeConfig:
        """The configuration as of now."""
        return self._config

    def _check(self, parameters: Iterable[Parameter[Any]]) -> SetParametersResult:
        try:
            self._check_state(self._changed(parameters))
        except ConfigError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _check_state(self, changed: NodeConfig) -> None:
        """Refuses what the present state has already built upon.

        Raises:
            ConfigError: which parameter, and which transitions make it settable.
        """
        state = self._state()
        for spec in parameter_specs():
            if getattr(changed, spec.name) == getattr(self._config, spec.name):
                continue
            states = _STATES[spec.settable]
            if states and state not in states:
                raise ConfigError(
                    expected=f'the node to be {" or ".join(states)}',
                    got=f'it is {state}',
                    where=f'parameter {spec.name}',
                    remedy=self._way_to(states, state),
                )

    def _way_to(self, states: tuple[str, ...], state: str) -> str:
        name = self._node.get_fully_qualified_name()
        transitions = _WAYS.get((state, states[-1]))
        if transitions is None:
            return f'set it in the parameters the node is started with (ros2 lifecycle get {name})'
        return f'first ros2 lifecycle set {name} {transitions}, then set it'

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
