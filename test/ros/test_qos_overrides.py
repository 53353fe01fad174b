"""QoS that the user overrides topic by topic, on the real node."""

from __future__ import annotations

import pytest
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.ros import topics
from mt_depth_ros.ros.node_outputs import OUTPUT_TYPES
from mt_depth_ros.ros.qos_overrides import create_publisher, create_subscription, input_overrides

OVERRIDES = 'qos_overrides.~/'
BEST_EFFORT, RELIABLE = ReliabilityPolicy.BEST_EFFORT, ReliabilityPolicy.RELIABLE


@pytest.fixture
def make_node(ros_context):
    import rclpy

    nodes = []

    def make(**values):
        overrides = [
            Parameter(f'qos_overrides./a.{name.replace("__", ".")}', value=value)
            for name, value in values.items()
        ]
        nodes.append(rclpy.create_node('any', context=ros_context, parameter_overrides=overrides))
        return nodes[-1]

    yield make
    for node in nodes:
        node.destroy_node()


def offered(live, topic: str) -> QoSProfile:
    (info,) = live.peer.get_publishers_info_by_topic(f'{live.name}/{topic}')
    return info.qos_profile


def asked(live, topic: str) -> QoSProfile:
    (info,) = live.peer.get_subscriptions_info_by_topic(f'{live.name}/{topic}')
    return info.qos_profile


def test_an_output_is_published_as_the_user_says_and_the_others_as_before(start_node) -> None:
    live = start_node(
        parameters={
            f'{OVERRIDES}points.publisher.reliability': 'best_effort',
            f'{OVERRIDES}depth/camera_info.publisher.durability': 'transient_local',
        },
        outputs=('depth',),
    )
    assert offered(live, 'points').reliability == BEST_EFFORT
    assert offered(live, 'depth/camera_info').durability == DurabilityPolicy.TRANSIENT_LOCAL
    for topic in ('depth/image_rect', 'depth/uncertainty', 'foreground/mask'):
        assert offered(live, topic).reliability == RELIABLE
        assert offered(live, topic).durability == DurabilityPolicy.VOLATILE
    assert topics.OUTPUT_QOS.reliability == RELIABLE
    live.check_it_goes_on()
    # The same after the publishers were made anew.
    for transition in ('deactivate', 'cleanup', 'configure', 'activate'):
        assert live.set_state(transition)
    assert offered(live, 'points').reliability == BEST_EFFORT


@pytest.mark.parametrize(
    ('input_reliability', 'override', 'expected'),
    [
        ('best_effort', None, BEST_EFFORT),
        ('best_effort', 'reliable', RELIABLE),
        ('reliable', 'best_effort', BEST_EFFORT),
        ('reliable', 'auto', RELIABLE),
        ('auto', 'reliable', RELIABLE),
    ],
)
def test_an_override_of_an_input_wins(start_node, input_reliability, override, expected) -> None:
    overrides = {f'{OVERRIDES}input/image.subscription.reliability': override} if override else {}
    live = start_node(parameters={'input_reliability': input_reliability, **overrides})
    assert asked(live, 'input/image').reliability == expected
    # The other inputs follow the parameter.
    parameter = RELIABLE if input_reliability == 'reliable' else BEST_EFFORT
    assert asked(live, 'input/points').reliability == parameter
    live.check_it_goes_on()


def test_an_input_subscribed_to_again_gets_what_holds_now(start_node) -> None:
    live = start_node(parameters={'input_reliability': 'best_effort'})
    assert asked(live, 'input/image').reliability == BEST_EFFORT
    assert live.set_state('deactivate')
    assert live.set_parameter('input_reliability', 'reliable') == ''
    assert live.set_state('activate')
    assert asked(live, 'input/image').reliability == RELIABLE


@pytest.mark.parametrize(
    ('name', 'value', 'message'),
    [
        ('points.publisher.reliability', 'sometimes', 'sometimes'),
        ('points.publisher.depth', 0, 'depth 0 is less than 1'),
        ('points.publisher.depth', 'five', 'five'),
    ],
)
def test_an_output_override_that_cannot_be_used_fails_configure_by_name(
    start_node, until, name: str, value: object, message: str
) -> None:
    live = start_node(parameters={f'{OVERRIDES}{name}': value})
    assert live.state() == 'unconfigured'
    (line,) = until(lambda: live.lines('configure failed'), 'the reason')
    assert f'parameters qos_overrides.{live.name}/points' in line
    assert message in line
    assert 'reliability reliable or best_effort' in line
    for topic, _ in OUTPUT_TYPES.values():
        assert live.node.count_publishers(live.node.resolve_topic_name(topic)) == 0


def test_an_input_override_that_cannot_be_used_fails_activate_by_name(start_node, until) -> None:
    name = f'{OVERRIDES}input/points.subscription.reliability'
    live = start_node(parameters={name: 'sometimes'})
    assert live.state() == 'inactive'
    (line,) = until(lambda: live.lines('activate failed'), 'the reason')
    assert f'parameters qos_overrides.{live.name}/input/points' in line
    assert "'sometimes' is none of auto, best_effort, reliable" in line
    assert live.node.count_subscribers(f'{live.name}/input/image') == 0


def test_reliability_and_depth_of_an_input_are_what_the_node_chooses_or_the_user(
    make_node,
) -> None:
    def chosen(node) -> tuple[str, int]:
        return input_overrides(node, '/a', reliability='auto', queue_depth=5)

    assert chosen(make_node()) == ('auto', 5)
    node = make_node(subscription__reliability='reliable', subscription__depth=1)
    assert chosen(node) == ('reliable', 1)
    assert chosen(node) == ('reliable', 1)
    with pytest.raises(ConfigError, match='depth -1 is negative'):
        chosen(make_node(subscription__depth=-1))


def test_every_policy_reaches_the_middleware_and_the_default_is_left_alone(make_node) -> None:
    node = make_node(
        publisher__history='keep_all', publisher__reliability='best_effort', publisher__depth=7,
        subscription__durability='transient_local',
    )  # fmt: skip
    qos = QoSProfile(depth=3)
    create_publisher(node, Image, '/a', qos)
    create_subscription(node, Image, '/a', lambda message: None, qos)
    (publisher,) = [item.qos_profile for item in node.publishers if item.topic_name == '/a']
    assert publisher.history == HistoryPolicy.KEEP_ALL
    assert (publisher.reliability, publisher.depth) == (BEST_EFFORT, 7)
    (info,) = node.get_subscriptions_info_by_topic('/a')
    assert info.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL
    assert (qos.depth, qos.history, qos.reliability, qos.durability) == (
        3, HistoryPolicy.KEEP_LAST, RELIABLE, DurabilityPolicy.VOLATILE,
    )  # fmt: skip
