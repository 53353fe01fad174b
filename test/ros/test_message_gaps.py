"""What never came, by the numbers of what did."""

from __future__ import annotations

from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image

from mt_depth_ros.ros.input_subscription import InputSubscription
from mt_depth_ros.ros.message_gaps import MessageGaps
from mt_depth_ros.ros.problem_log import ProblemLog


def message(number: int | None, publisher: bytes = b'a') -> dict[str, object]:
    return {'publication_sequence_number': number, 'publisher_gid': {'data': publisher}}


def test_what_lies_between_two_messages_of_a_publisher_is_missing() -> None:
    gaps = MessageGaps()
    # 5 and 6, then 10: the numbers 7, 8 and 9 are missing; b lacks 3.
    for number, publisher in ((5, b'a'), (2, b'b'), (6, b'a'), (10, b'a'), (4, b'b')):
        gaps.observe(message(number, publisher))
    assert gaps.missing == 4


def test_what_came_before_the_first_message_or_without_numbers_is_not_counted() -> None:
    gaps = MessageGaps()
    for info in (message(1000), message(None), {}, message(1001), message(1001)):
        gaps.observe(info)
    gaps.forget_publishers()
    gaps.observe(message(5000))
    assert gaps.missing == 0


def test_a_subscription_counts_what_newer_messages_pushed_out_of_its_queue(
    start_node, until
) -> None:
    live = start_node(outputs=('depth',))
    taken = []
    subscription = InputSubscription(
        live.node,
        Image,
        f'{live.name}/burst',
        taken.append,
        own_name='~/input/image',
        problems=ProblemLog(print, period_s=0.0),
        reliability='reliable',
        queue_depth=5,
    )
    publisher = live.peer.create_publisher(Image, f'{live.name}/burst', QoSProfile(depth=5))
    until(lambda: live.has_met(publisher), 'a match')
    publisher.publish(live.messages.image(1))
    until(lambda: subscription.received == 1, 'the first message, where counting begins')
    for number in range(1, 200):
        publisher.publish(live.messages.image(number + 1))
    until(lambda: subscription.received + subscription.lost == 200, 'every message in the books')
    assert [message.stamp_ns for message in taken][-1] == 200
    subscription.destroy()
