"""The node: the only imports of rclpy and of ROS messages."""
