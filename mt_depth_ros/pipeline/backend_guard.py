"""Keeps a backend's failure from being the end of the frame, or of the node."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch

from mt_depth_ros.core.degradation import Degradation
from mt_depth_ros.core.errors import SensorInputError
from mt_depth_ros.pipeline.retry_backoff import RetryBackoff

ResultT = TypeVar('ResultT')

_LONGEST_TEXT = 200


class BackendUnavailable(Exception):  # noqa: N818 - it says a state, not a mistake
    """The backend failed, or failed a moment ago and is not asked again yet.

    Args:
        degradation: why.
    """

    def __init__(self, degradation: Degradation) -> None:
        super().__init__(degradation.text)
        self.degradation = degradation


class NoAnswerError(Exception):
    """A backend that came back without an answer that can be used."""


class BackendGuard:
    """Runs one backend, notes its failures and lets it rest between them.

    Whatever a backend raises counts as its failure, as each has errors of its own (torch's and
    OpenVINO's are RuntimeError, those of ONNX Runtime are not), except
    :class:`SensorInputError`, which is about the input.

    Args:
        name: of the backend, for the text.
        backoff: when to ask again.
        reason: what failures are counted under; None: by what was raised.
    """

    def __init__(self, name: str, backoff: RetryBackoff, *, reason: str | None = None) -> None:
        self._name = name
        self._backoff = backoff
        self._reason = reason
        self._failure: Degradation | None = None

    @property
    def failure(self) -> Degradation | None:
        """Why it is not working, or None while it is."""
        return self._failure

    def run(self, ask: Callable[[], ResultT]) -> ResultT:
        """Asks the backend, unless it failed a moment ago.

        Args:
            ask: one frame's work.

        Raises:
            BackendUnavailable: there is no answer for this frame.
            SensorInputError: ``ask`` refuses the input.
        """
        if self._failure is not None and not self._backoff.is_due:
            raise BackendUnavailable(self._failure)
        try:
            result = ask()
        except SensorInputError:
            raise
        except Exception as error:
            failure = self._describe(error)
        else:
            self._failure = None
            self._backoff.worked()
            return result
        # Only here: until the except block is left, the traceback holds the tensors alive.
        if failure.reason == 'out_of_memory':
            _release_gpu_memory()
        self._failure = failure
        raise BackendUnavailable(failure)

    def _describe(self, error: Exception) -> Degradation:
        pause_s = self._backoff.failed()
        retry = f'next try in {pause_s:g} s' if pause_s else 'the next frame tries again'
        # The first line that says something: some begin with an empty one.
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        what = f'{type(error).__name__}: {lines[0][:_LONGEST_TEXT]}' if lines else repr(error)
        return Degradation(
            reason=self._reason or _reason_of(error), text=f'{self._name} failed ({what}); {retry}'
        )


def _release_gpu_memory() -> None:
    try:
        torch.cuda.empty_cache()
    except RuntimeError:
        # A GPU in such a state gives nothing back; the next try will say so.
        return


def _reason_of(error: Exception) -> str:
    if isinstance(error, NoAnswerError):
        return 'no_answer'
    # ONNX Runtime and OpenVINO have no class of their own for it.
    text = str(error).lower()
    no_memory = 'out of memory' in text or 'failed to allocate memory' in text
    if no_memory or isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return 'out_of_memory'
    return 'backend_error'
