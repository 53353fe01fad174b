#!/bin/sh
# Runs tests in a virtual environment of their own, with other versions than `make setup` installs:
#
#   scripts/test_home.sh jazzy     the node's smoke test on the client library of ROS 2 Jazzy
#   scripts/test_home.sh oldest    core, messages and node with NumPy 1.26 and OpenCV 4.6
#
# From PyPI alone, in the versions of requirements/constraints.txt, or of jazzy.txt or oldest.txt
# beside it where that names one. PYTHON, VENV and TORCH_INDEX_URL as in the Makefile; what follows the name goes
# to pytest.
set -eu
cd "$(dirname "$0")/.."
home=${1:?expected jazzy or oldest}
shift
venv=${VENV:-.venv}-$home
pins=$venv/constraints.txt
case $home in
  jazzy)
    extra=ros-jazzy
    replaced='^ros-'
    tests='test/ros/test_main.py test/ros/test_node_inputs.py test/ros/test_node_outputs.py
      test/ros/test_node_lifecycle.py test/ros/test_player.py test/ros/test_two_nodes.py'
    ;;
  oldest)
    extra=ros
    replaced='^(numpy|opencv-python-headless)=='
    tests='test/core test/messages test/ros'
    ;;
  *)
    echo "expected jazzy or oldest, got $home" >&2
    exit 1
    ;;
esac

if [ ! -e "$venv/.created" ]; then
  echo "Setting up $venv (some minutes)"
  "${PYTHON:-python3}" -m venv "$venv"
  { grep -Ev "$replaced" requirements/constraints.txt; cat "requirements/$home.txt"; } > "$pins"
  pip="$venv/bin/python -m pip --disable-pip-version-check --quiet install"
  if [ -n "${TORCH_INDEX_URL:-}" ]; then
    $pip --no-deps --index-url "$TORCH_INDEX_URL" "$(sed -n '/^torch==/p' "$pins")"
  fi
  $pip --constraint "$pins" --editable ".[$extra]" hypothesis pytest
  touch "$venv/.created"
fi
"$venv/bin/python" -c '
import cv2, numpy, sys
from importlib.metadata import version
print("Python", sys.version.split()[0], "rclpy", version("ros-rclpy"), "numpy", numpy.__version__,
      "OpenCV", cv2.__version__)'
# Several words on purpose.
# shellcheck disable=SC2086
exec "$venv/bin/python" -m pytest $tests "$@"
