"""Metric depth at every pixel from a camera and a sparse LiDAR, on ROS 2."""
