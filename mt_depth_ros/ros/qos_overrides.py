"""Publishers and subscriptions whose QoS the user may override, topic by topic.

The parameters are those of every ROS 2 node that allows it::

    qos_overrides./front/depth_completion/points.publisher.reliability: best_effort

with the resolved name of the topic. They are read when the publisher or subscription is made and
never changed afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

from rcl_interfaces.msg import ParameterDescriptor, SetParametersResult
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node
from rclpy.qos import HistoryPolicy, QoSPolicyKind, QoSProfile
from rclpy.qos_overriding_options import InvalidQosOverridesError, QoSOverridingOptions

from mt_depth_ros.core.errors import ConfigError

_FIXED_KINDS = (QoSPolicyKind.HISTORY, QoSPolicyKind.DURABILITY)
_KINDS = (*_FIXED_KINDS, QoSPolicyKind.DEPTH, QoSPolicyKind.RELIABILITY)
_RELIABILITIES = ('auto', 'best_effort', 'reliable')


def create_publisher(
    node: Node, message_type: Any, topic: str, qos: QoSProfile, **options: Any
) -> Any:
    """A publisher of ``node`` with the given QoS, less what the user overrides.

    Args:
        node: publishes.
        message_type: rclpy class.
        topic: as of :meth:`rclpy.node.Node.create_publisher`.
        qos: the defaults; left as it is.
        options: further arguments of that method.

    Raises:
        ConfigError: an override cannot be used.
    """
    with _refusals(node.resolve_topic_name(topic)):
        return node.create_publisher(
            message_type, topic, copy(qos), qos_overriding_options=_options(_KINDS), **options
        )


def create_subscription(
    node: Node,
    message_type: Any,
    topic: str,
    callback: Callable[..., None],
    qos: QoSProfile,
    *,
    is_input: bool = False,
    **options: Any,
) -> Any:
    """The same for a subscription.

    Args:
        node: subscribes.
        message_type: rclpy class.
        topic: as of :meth:`rclpy.node.Node.create_subscription`.
        callback: gets the messages.
        qos: the defaults; left as it is.
        is_input: reliability and depth stand in ``qos`` already, see :func:`input_overrides`.
        options: further arguments of that method.

    Raises:
        ConfigError: an override cannot be used.
    """
    kinds = _FIXED_KINDS if is_input else _KINDS
    with _refusals(node.resolve_topic_name(topic)):
        return node.create_subscription(
            message_type,
            topic,
            callback,
            copy(qos),
            qos_overriding_options=_options(kinds),
            **options,
        )


def input_overrides(
    node: Node, topic: str, *, reliability: str, queue_depth: int
) -> tuple[str, int]:
    """Reliability and queue depth of an input, where an override of the topic wins.

    rclpy keeps the first value such a parameter was declared with, so an input that is subscribed
    to again with another reliability, or after its parameter was changed, would get the old one
    back. So these two are declared here with a default that means "what the node chooses".

    Args:
        node: subscribes.
        topic: its resolved name.
        reliability: what holds otherwise: ``'auto'``, ``'best_effort'`` or ``'reliable'``.
        queue_depth: what holds otherwise.

    Raises:
        ConfigError: an override cannot be used.
    """
    prefix = f'qos_overrides.{topic}.subscription'
    with _refusals(topic):
        asked = _declared(
            node, f'{prefix}.reliability', 'auto', 'auto: as input_reliability says.'
        )
        depth = _declared(node, f'{prefix}.depth', 0, '0: as input_queue_depth says.')
        if asked not in _RELIABILITIES:
            raise InvalidQosOverridesError(
                f'reliability {asked!r} is none of {", ".join(_RELIABILITIES)}'
            )
        if depth < 0:
            raise InvalidQosOverridesError(f'depth {depth} is negative')
    return (reliability if asked == 'auto' else asked), depth or queue_depth


def _declared(node: Node, name: str, default: Any, description: str) -> Any:
    if not node.has_parameter(name):
        descriptor = ParameterDescriptor(description=description, read_only=True)
        node.declare_parameter(name, default, descriptor)
    return node.get_parameter(name).value


def _options(kinds: tuple[QoSPolicyKind, ...]) -> QoSOverridingOptions:
    return QoSOverridingOptions(kinds, callback=_check)


def _check(qos: QoSProfile) -> SetParametersResult:
    if qos.history == HistoryPolicy.KEEP_LAST and qos.depth < 1:
        return SetParametersResult(successful=False, reason=f'depth {qos.depth} is less than 1')
    return SetParametersResult(successful=True)


@contextmanager
def _refusals(topic: str) -> Iterator[None]:
    """Turns what rclpy raises for an override into a message that names topic and remedy."""
    try:
        yield
    except (
        InvalidParameterTypeException,
        InvalidParameterValueException,
        InvalidQosOverridesError,
        RuntimeError,
    ) as error:
        # An unknown word is a plain RuntimeError; those of the middleware are of derived types.
        if isinstance(error, RuntimeError) and type(error) is not RuntimeError:
            raise
        raise ConfigError(
            expected='history keep_last or keep_all, depth at least 1, reliability reliable or '
            'best_effort, durability volatile or transient_local',
            got=str(error),
            where=f'parameters qos_overrides.{topic}',
            remedy='correct the parameter and start the node again',
        ) from error
