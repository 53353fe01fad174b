"""Names and QoS of everything the node reads and writes.

Names are private to the node (``~/``), so a namespace or a second node never collides; connect
them by remapping.
"""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from mt_depth_ros.messages import output_topics

IMAGE = '~/input/image'
CAMERA_INFO = '~/input/camera_info'
POINTS = '~/input/points'
SPARSE_DEPTH = '~/input/sparse_depth'
MASK = '~/input/mask'
TF_STATIC = '/tf_static'
TF = '/tf'

DEPTH = f'~/{output_topics.DEPTH}'
DEPTH_CAMERA_INFO = f'~/{output_topics.DEPTH_CAMERA_INFO}'
UNCERTAINTY = f'~/{output_topics.UNCERTAINTY}'
CONFIDENCE = f'~/{output_topics.CONFIDENCE}'
FOREGROUND = f'~/{output_topics.FOREGROUND}'
CLOUD = f'~/{output_topics.CLOUD}'
DEPTH_STATUS = '~/depth/status'
PROCESSING_TIME = '~/debug/processing_time_ms'
CYCLIC_TIME = '~/debug/cyclic_time_ms'
PIPELINE_LATENCY = '~/debug/pipeline_latency_ms'
DIAGNOSTICS = '/diagnostics'

COMPRESSED_SUFFIX = '/compressed'
COMPRESSED_DEPTH_SUFFIX = '/compressedDepth'

NODE_NAME = output_topics.NODE_NAME

OUTPUT_QOS = QoSProfile(depth=5, reliability=ReliabilityPolicy.RELIABLE)
"""Reliable connects to reliable and to best-effort readers alike (REP-2003)."""

DIAGNOSTICS_QOS = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)

TF_STATIC_QOS = QoSProfile(
    depth=100,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)

TF_QOS = QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE)
"""As tf2's own listener reads it."""


def input_qos(*, reliable: bool, depth: int) -> QoSProfile:
    """QoS of a subscription.

    Args:
        reliable: ask for retransmission, which only reliable publishers can give.
        depth: messages the middleware holds until the callback takes them.
    """
    policy = ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT
    return QoSProfile(depth=depth, reliability=policy)
