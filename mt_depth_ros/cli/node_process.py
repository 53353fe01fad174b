"""The node in a process of its own, as a launch file starts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import signal
import subprocess
import sys
import time
from typing import Any

import yaml

from mt_depth_ros.cli.process_usage import process_usage
from mt_depth_ros.core.errors import ConfigError

# Loading a network takes long on a small board, or where much else runs.
_START_TIMEOUT_S = 120.0
_STOP_TIMEOUT_S = 15.0
_CONFIGURE_FAILED = 'configure failed: '


@dataclass(kw_only=True, slots=True)
class NodeProcess:
    """A node that runs, or ran.

    Attributes:
        process: its process.
        log: path of what it printed.
        peak_memory_mb: the most memory it had resident; known after its end.
        exit_code: 0 after a clean shutdown; known after its end.
    """

    process: subprocess.Popen[bytes]
    log: Path
    peak_memory_mb: float = 0.0
    exit_code: int = -1

    def wait_until(self, is_up: Callable[[], bool]) -> None:
        """Waits for the node to be up.

        Args:
            is_up: whether others see what they need of it.

        Raises:
            ConfigError: it cannot be configured, ended or takes too long; the message holds what
                its log says.
        """
        deadline_s = time.monotonic() + _START_TIMEOUT_S
        while not is_up():
            self._check_log()
            if self.process.poll() is not None or time.monotonic() > deadline_s:
                state = 'is still starting' if self.process.poll() is None else 'ended'
                lines = self.log.read_text(errors='replace').strip().splitlines()
                raise ConfigError(
                    expected=f'the node to start within {_START_TIMEOUT_S:g} s',
                    got=f'it {state}: {" | ".join(lines[-3:])}',
                    where=str(self.log),
                    remedy='see the log, and mt_depth doctor',
                )
            time.sleep(0.05)

    def _check_log(self) -> None:
        """Looks for a configure that failed, after which the node stays up and waits."""
        _, found, reason = self.log.read_text(errors='replace').partition(_CONFIGURE_FAILED)
        if found and '\n' in reason:
            raise ConfigError(
                expected='the node to become active',
                got=f'{_CONFIGURE_FAILED}{reason.splitlines()[0]}',
                where=str(self.log),
                remedy='correct what it names',
            )


@contextmanager
def running_node(
    work: Path, *, parameters: Mapping[str, Any], inputs: Mapping[str, str]
) -> Iterator[NodeProcess]:
    """Starts the node, and ends it with SIGINT.

    Args:
        work: an existing folder for its parameters file and its log.
        parameters: parameter name -> value.
        inputs: name of an input -> the topic it is read from.
    """
    # safe_dump keeps a mapping of plain values; sequences that are empty have no ROS type.
    content = {name: value for name, value in parameters.items() if value != []}
    file = work / 'node_parameters.yaml'
    file.write_text(yaml.safe_dump({'/**': {'ros__parameters': content}}, width=1000))
    command = [sys.executable, '-m', 'mt_depth_ros.cli.main', 'node', '--ros-args']
    command += ['--params-file', str(file)]
    for name, topic in inputs.items():
        command += ['-r', f'~/input/{name}:={topic}']
    path = work / 'node.log'
    with path.open('wb') as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        node = NodeProcess(process=process, log=path)
        try:
            yield node
        finally:
            usage = process_usage(process.pid)
            node.peak_memory_mb = usage.peak_memory_mb if usage is not None else 0.0
            process.send_signal(signal.SIGINT)
            try:
                node.exit_code = process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                node.exit_code = process.wait()


def keep_to_ourselves(work: Path) -> None:
    """Stays on this machine, and apart from what else runs on it unless the user chose.

    Args:
        work: where ROS may write its logs.
    """
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    os.environ.setdefault('ROS_LOG_DIR', str(work / 'log'))
