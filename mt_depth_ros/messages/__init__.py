"""ROS message layouts to and from core types, by duck typing: no ROS import."""
