"""rosbag2 in and out through rosbags, without ROS."""
