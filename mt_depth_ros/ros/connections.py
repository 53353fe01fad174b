"""Why a publisher and a subscription of one topic do not meet, in plain words.

The middleware's events only name one policy, so the graph is asked: who is on the topic, with
which type and which QoS.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from rclpy.node import Node
from rclpy.qos import (
    qos_check_compatible,
    QoSCompatibility,
    QoSProfile,
    ReliabilityPolicy,
)

from mt_depth_ros.ros.diagnostic_section import Alarm, Level

_SUGGESTIONS = 3
_UNKNOWN = 'NODE_NAME_UNKNOWN'
# The suffixes that image_transport adds, and the parameter that reads them.
_TRANSPORTS = {
    'sensor_msgs/msg/CompressedImage': (
        "set image_transport to 'compressed' (sparse_depth_transport to 'compressedDepth') and "
        'remap to the name without /compressed'
    ),
    'sensor_msgs/msg/Image': "set image_transport and sparse_depth_transport to 'raw'",
}


def ignore_event(event: Any) -> None:
    """Takes an event that the diagnostics tell of; rclpy's own line for it names neither side."""


def type_text(message_type: Any) -> str:
    """ROS's name of a message class, e.g. ``sensor_msgs/msg/Image``."""
    package = str(message_type.__module__).partition('.')[0]
    return f'{package}/msg/{message_type.__name__}'


def input_alarm(
    node: Node,
    topic: str,
    message_type: Any,
    qos: QoSProfile,
    publishers: Sequence[Any],
    own_name: str,
    suffix: str = '',
) -> Alarm | None:
    """What keeps the publishers of an input from being heard, or None.

    Args:
        node: the node that subscribes.
        topic: resolved name.
        message_type: what it reads.
        qos: what it asks for.
        publishers: what rclpy tells of the topic's publishers.
        own_name: the name to remap, e.g. ``~/input/image``.
        suffix: what is read behind the remapped name, e.g. ``/compressed``.
    """
    wanted = type_text(message_type)
    if not publishers:
        advice = _remap_advice(node, topic, wanted, own_name, suffix)
        return Alarm(
            key=f'no_publisher:{topic}',
            text=f'nobody publishes {wanted} on {topic}; {advice}',
            level=Level.ERROR,
        )
    fitting = [info for info in publishers if info.topic_type == wanted]
    if not fitting:
        found = publishers[0]
        transport = _TRANSPORTS.get(found.topic_type)
        advice = transport or _remap_advice(node, topic, wanted, own_name, suffix)
        return Alarm(
            key=f'incompatible_type:{topic}:{_name(found)}',
            text=f'{topic}: {_name(found)} publishes {found.topic_type} and this node reads '
            f'{wanted}; {advice}',
            level=Level.ERROR,
        )
    refusals = [(info, reason) for info in fitting if (reason := _refusal(info.qos_profile, qos))]
    if len(refusals) < len(fitting):
        return None
    info, reason = refusals[0]
    return Alarm(
        key=f'incompatible_qos:{topic}:{_name(info)}',
        text=f'{topic}: the QoS of {_name(info)} ({qos_text(info.qos_profile)}) does not serve '
        f'what this node asks for ({qos_text(qos)}): {reason} '
        f'{_qos_advice(node, topic, info.qos_profile, qos)}, or change the publisher',
        level=Level.ERROR,
    )


def own_qos(node: Node, endpoints: Sequence[Any]) -> QoSProfile | None:
    """The QoS that a node's own publisher or subscription has in fact, or None.

    Args:
        node: the node.
        endpoints: what rclpy tells of the topic's publishers or subscriptions.
    """
    for info in endpoints:
        if (info.node_namespace, info.node_name) == (node.get_namespace(), node.get_name()):
            profile: QoSProfile = info.qos_profile
            return profile
    return None


def output_alarms(
    topic: str, message_type: Any, qos: QoSProfile, subscriptions: Sequence[Any]
) -> list[Alarm]:
    """Subscribers of an output that cannot be served.

    Args:
        topic: resolved name.
        message_type: what is published.
        qos: what is offered.
        subscriptions: what rclpy tells of the topic's subscriptions.
    """
    offered = type_text(message_type)
    alarms = []
    for info in subscriptions:
        if info.topic_type != offered:
            alarms.append(
                Alarm(
                    key=f'incompatible_type:{topic}:{_name(info)}',
                    text=f'{topic}: {_name(info)} reads {info.topic_type} and this node publishes '
                    f'{offered}, so it gets nothing; subscribe with that type',
                )
            )
        elif reason := _refusal(qos, info.qos_profile):
            alarms.append(
                Alarm(
                    key=f'incompatible_qos:{topic}:{_name(info)}',
                    text=f'{topic}: {_name(info)} asks for {qos_text(info.qos_profile)} and this '
                    f'node offers {qos_text(qos)}, so it gets nothing: {reason} Change the QoS of '
                    'the subscriber (in RViz: of the display), or of this topic',
                )
            )
    return alarms


def qos_text(qos: QoSProfile) -> str:
    """The policies that decide who meets whom, in words."""
    names = (qos.reliability.name, qos.durability.name)
    return ', '.join(name.replace('_', ' ').lower() for name in names)


def _refusal(offered: QoSProfile, asked: QoSProfile) -> str:
    """Why the two do not meet; empty where they do."""
    verdict, reason = qos_check_compatible(offered, asked)
    if verdict != QoSCompatibility.ERROR:
        return ''
    text = str(reason).replace('ERROR:', '').strip().rstrip(';').lower()
    return f'{text}.'


def _qos_advice(node: Node, topic: str, offered: QoSProfile, asked: QoSProfile) -> str:
    """Which parameter asks for what an input's publisher does not offer."""
    wants_too_reliable = (
        asked.reliability == ReliabilityPolicy.RELIABLE
        and offered.reliability == ReliabilityPolicy.BEST_EFFORT
    )
    policy = 'reliability' if wants_too_reliable else 'durability'
    override = f'qos_overrides.{topic}.subscription.{policy}'
    is_overridden = node.has_parameter(override) and node.get_parameter(override).value != 'auto'
    if wants_too_reliable and not is_overridden:
        return "Set input_reliability to 'best_effort' or 'auto'"
    # Without one, this node asks for nothing but reliability.
    return f'Correct the parameter {override}'


def _remap_advice(node: Node, topic: str, wanted: str, own_name: str, suffix: str) -> str:
    """Which topic it may have been meant to be."""
    own = f'{node.get_fully_qualified_name()}/'
    candidates = [
        name
        for name, types in node.get_topic_names_and_types()
        if wanted in types and name != topic and not name.startswith(own)
        and name.endswith(suffix)
        and node.count_publishers(name) > 0
    ]  # fmt: skip
    if not candidates:
        less = f' less {suffix}' if suffix else ''
        return (
            f'start its driver, or remap {own_name} to the topic it publishes on{less}. No other '
            'topic of this type is published within reach: check ROS_DOMAIN_ID and the network'
        )
    candidates.sort(key=lambda name: -SequenceMatcher(None, name, topic).ratio())
    listed = ', '.join(candidates[:_SUGGESTIONS])
    # The suffix comes behind whatever the name is remapped to.
    example = candidates[0].removesuffix(suffix)
    return f"remap {own_name}, for example -r '{own_name}:={example}'; published are {listed}"


def _name(info: Any) -> str:
    """The full name of the node an endpoint belongs to."""
    # The graph learns of an endpoint before it learns whose it is; of other DDS programs, never.
    if _UNKNOWN in info.node_name:
        return 'a node of unknown name'
    return f'{info.node_namespace.rstrip("/")}/{info.node_name}'
