"""Installs the package, for colcon (ament_python) and for pip alike."""

from pathlib import Path
from xml.etree import ElementTree

from setuptools import find_packages, setup

package_name = 'mt_depth_ros'
# Resolved, as `colcon build --symlink-install` runs a link to this file from its build folder.
root = Path(__file__).resolve().parent
manifest = ElementTree.parse(root / 'package.xml').getroot()


def files(folder: str, *patterns: str) -> list[str]:
    """The files of one folder that match, relative to the repository."""
    found = [path for pattern in patterns for path in (root / folder).glob(pattern)]
    return sorted(str(path.relative_to(root)) for path in found)


share = f'share/{package_name}'
# rclpy, Fast DDS and messages as wheels: for a machine without a ROS 2 distribution only.
ros_messages = [
    'ros-builtin-interfaces',
    'ros-diagnostic-msgs',
    'ros-geometry-msgs',
    'ros-lifecycle-msgs',
    'ros-rcl-interfaces',
    'ros-rosgraph-msgs',
    'ros-std-msgs',
]
ros = ['ros-kilted-rclpy[fastrtps]', 'ros-kilted-sensor-msgs', *ros_messages]
ros_jazzy = ['ros-jazzy-rclpy[fastrtps]', 'ros-jazzy-sensor-msgs', *ros_messages]
sim = ['mujoco>=4']
# torch writes ONNX with onnxscript; the other two run it.
export = ['onnx', 'onnxruntime', 'onnxscript', 'openvino']
# Runs a mask model as ONNX, without ultralytics.
mask = ['onnxruntime']
# matplotlib and polars are what ultralytics imports when it trains a mask model.
train = ['lightning-fabric', 'matplotlib', 'polars', 'tensorboard']
test = [
    *train,
    'catkin_pkg',
    'hypothesis>=6',
    'mcap',
    'mypy',
    'packaging',
    'pytest>=7',
    'pytest-xdist>=3.5',  # make test runs what needs no clock in two processes
    'ruff',
    'scikit-learn',
    'setuptools',
    'torchmetrics',
    'types-PyYAML',
]
# No extra for the learned foreground mask: ultralytics asks for opencv-python, which would replace
# the headless OpenCV. It is installed by `pip install --no-deps -r requirements/ultralytics.txt`.

setup(
    name=package_name,
    version=manifest.findtext('version'),
    description='Metric depth at every pixel from one camera and a sparse LiDAR, on ROS 2',
    long_description=(root / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    maintainer=manifest.findtext('maintainer'),
    maintainer_email=manifest.find('maintainer').get('email'),
    packages=find_packages(include=[package_name, f'{package_name}.*']),
    python_requires='>=3.10',
    install_requires=[
        'numpy>=1.26',
        'opencv-python-headless>=4.6',
        'pillow',
        'PyYAML',
        'rich',
        'rosbags>=0.11.7',
        'safetensors',
        'scipy',
        'torch>=2.4',
        'typer',
    ],
    extras_require={
        'ros': ros,
        'ros-jazzy': ros_jazzy,
        'sim': sim,
        'export': export,
        'mask': mask,
        'train': train,
        'test': test,
    },
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{package_name}']),
        (share, ['package.xml']),
        (f'{share}/launch', files('launch', '*.launch.py')),
        (f'{share}/config', files('config', '*.txt', '*.yaml', '*.rviz', '*.xml')),
        (
            f'{share}/models',
            files('models', '*.yaml', '*.md', '*.onnx', '*.safetensors', '*.json'),
        ),
    ],
    zip_safe=True,
    entry_points={
        'console_scripts': [
            'mt_depth = mt_depth_ros.cli.main:main',
            'depth_completion_node = mt_depth_ros.ros.main:main',
        ],
    },
)
