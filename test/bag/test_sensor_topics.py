from __future__ import annotations

import pytest

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.sensor_topics import (
    base_topic,
    CameraTopics,
    find_sensor_topics,
    namespace_of,
)
from mt_depth_ros.core.errors import DataFileError

IMAGE, INFO, CLOUD = (
    ('image', '/cam/image_raw'),
    ('info', '/cam/camera_info'),
    ('cloud', '/points'),
)


def found(path, **options):
    with BagReader(path) as bag:
        return find_sensor_topics(bag, **options)


def test_topics_are_named_as_image_transport_does():
    assert base_topic('/cam/image_raw/compressed') == '/cam/image_raw'
    assert base_topic('/cam/depth/compressedDepth') == '/cam/depth'
    assert namespace_of('/cam/image_raw/compressed') == '/cam'
    assert namespace_of('/image') == ''


def test_the_kitti_bag_has_one_camera(shared_data):
    assert found(shared_data / 'rosbag2/kitti_object') == (
        CameraTopics(
            image='/camera/image_raw',
            image_is_compressed=False,
            camera_info='/camera/camera_info',
            points='/velodyne_points',
        ),
    )


def test_the_ddad_bag_has_two_cameras_under_one_lidar(shared_data):
    cameras = found(shared_data / 'rosbag2/ddad_like')
    assert [camera.name for camera in cameras] == ['camera_01', 'camera_05']
    assert [camera.image for camera in cameras] == [
        '/camera_01/image_raw/compressed',
        '/camera_05/image_raw/compressed',
    ]
    assert all(camera.image_is_compressed for camera in cameras)
    assert {camera.points for camera in cameras} == {'/lidar/points'}


def test_one_of_two_cameras_can_be_chosen(shared_data):
    path = shared_data / 'rosbag2/ddad_like'
    (by_image,) = found(path, image='/camera_05/image_raw/compressed')
    (by_base_topic,) = found(path, image='/camera_05/image_raw')
    (by_info,) = found(path, camera_info='/camera_05/camera_info')
    assert by_image == by_base_topic == by_info
    assert by_image.name == 'camera_05'


def test_a_bag_of_packets_says_what_is_missing_and_how_to_get_it(shared_data):
    with pytest.raises(
        DataFileError,
        match=r'no Image and no CameraInfo and no PointCloud2, only /velodyne_packets '
        r'\(velodyne_msgs/msg/VelodyneScan, 4 messages\); convert /velodyne_packets to a '
        r"PointCloud2 with velodyne_pointcloud's transform node first",
    ):
        found(shared_data / 'rosbag2/velodyne_packets')


def test_raw_is_preferred_to_compressed_of_the_same_image(make_bag):
    path = make_bag(('jpeg', '/cam/image_raw/compressed'), IMAGE, INFO, CLOUD)
    (camera,) = found(path)
    assert (camera.image, camera.image_is_compressed) == ('/cam/image_raw', False)
    (camera,) = found(path, image='/cam/image_raw/compressed')
    assert camera.image_is_compressed


def test_the_only_image_and_the_only_calibration_belong_together(make_bag):
    path = make_bag(('image', '/image'), ('info', '/calibration/info'), CLOUD)
    (camera,) = found(path)
    assert (camera.image, camera.camera_info) == ('/image', '/calibration/info')
    assert camera.name == 'image'


@pytest.mark.parametrize(
    ('depth', 'topic'),
    [
        (('depth', '/cam/depth', '32FC1'), '/cam/depth'),
        (('depth', '/cam/depth', '16UC1'), '/cam/depth'),
        (('compressed_depth', '/cam/depth/compressedDepth'), '/cam/depth/compressedDepth'),
    ],
)
def test_a_depth_image_is_sparse_depth_and_no_camera(make_bag, depth, topic):
    (camera,) = found(make_bag(IMAGE, INFO, depth))
    assert (camera.image, camera.sparse_depth, camera.points) == ('/cam/image_raw', topic, None)


def test_a_cloud_goes_before_a_depth_image(make_bag):
    path = make_bag(IMAGE, INFO, CLOUD, ('depth', '/cam/true_depth'))
    (camera,) = found(path)
    assert (camera.points, camera.sparse_depth) == ('/points', None)
    (camera,) = found(path, sparse_depth='/cam/true_depth')
    assert (camera.points, camera.sparse_depth) == (None, '/cam/true_depth')


def test_of_several_cameras_each_has_the_depth_of_its_namespace(make_bag):
    cameras = found(
        make_bag(
            *(('image', f'/{side}/image_raw') for side in ('left', 'right')),
            *(('info', f'/{side}/camera_info') for side in ('left', 'right')),
            *(('depth', f'/{side}/sparse_depth') for side in ('left', 'right')),
        )
    )
    assert [camera.sparse_depth for camera in cameras] == [
        '/left/sparse_depth',
        '/right/sparse_depth',
    ]


@pytest.mark.parametrize(
    ('steps', 'options', 'text'),
    [
        ([INFO, CLOUD], {}, 'expected a camera image, got no Image, only /cam/camera_info'),
        ([IMAGE, CLOUD], {}, 'expected a calibration .* got no CameraInfo, only'),
        ([IMAGE, INFO], {}, 'a cloud .* for /cam/image_raw, got no PointCloud2, only'),
        (
            [IMAGE, INFO, CLOUD, ('cloud', '/rear/points')],
            {},
            'one cloud, got /points, /rear/points .*; choose with --points TOPIC',
        ),
        (
            [IMAGE, INFO, ('image', '/cam/image_color'), CLOUD],
            {},
            'one image beside /cam/camera_info, got /cam/image_color, /cam/image_raw .*--image',
        ),
        (
            [IMAGE, ('image', '/other/image'), ('info', '/info'), CLOUD],
            {},
            'one image with a camera_info beside it, got /cam/image_raw, /other/image .*--image',
        ),
        (
            [IMAGE, ('info', '/a/info'), ('info', '/b/info'), CLOUD],
            {},
            'one calibration of /cam/image_raw, got /a/info, /b/info .*--camera-info',
        ),
        (
            [IMAGE, INFO, ('depth', '/a'), ('depth', '/b')],
            {},
            'one depth image, got /a, /b .*--sparse-depth',
        ),
        ([IMAGE, INFO, CLOUD], {'points': '/lidar'}, '--points /lidar of type PointCloud2'),
        ([IMAGE, INFO, CLOUD], {'image': '/points'}, '--image /points of type Image or Compress'),
        (
            [IMAGE, INFO, CLOUD],
            {'points': '/points', 'sparse_depth': '/depth'},
            'expected one depth source',
        ),
    ],
)
def test_what_is_missing_or_ambiguous_is_told_with_the_option_to_give(
    make_bag, steps, options, text
):
    path = make_bag(*steps)
    with pytest.raises(DataFileError, match=text) as caught:
        found(path, **options)
    assert caught.value.where == str(path)


def test_ambiguous_calibrations_are_settled_by_the_options(make_bag):
    path = make_bag(IMAGE, ('info', '/a/info'), ('info', '/b/info'), CLOUD)
    (camera,) = found(path, camera_info='/b/info')
    assert (camera.image, camera.camera_info) == ('/cam/image_raw', '/b/info')
