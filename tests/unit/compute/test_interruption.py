"""Ctrl-C and requests to end: one exception, whatever a library makes of a signal."""

import os
import signal

import pytest

from ehforecast.compute.interruption import Interrupted, interruptible


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_block_with_the_code_that_shells_know(number: signal.Signals, code: int) -> None:
    before = signal.getsignal(number)
    with pytest.raises(Interrupted) as found, interruptible():
        os.kill(os.getpid(), number)
    # Catches another exit code than the one scripts look for.
    assert found.value.exit_code == code
    # Catches a handler that stays behind in a program which uses the package.
    assert signal.getsignal(number) is before


def test_what_a_library_makes_of_a_signal_is_still_an_interruption() -> None:
    with pytest.raises(Interrupted), interruptible():  # noqa: PT012 - the library is played
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except Interrupted:
            raise RuntimeError("query interrupted") from None
    # Catches an engine's own error, with a traceback, in place of the words (the block above raised it).


def test_a_second_signal_leaves_the_clearing_up_alone() -> None:
    cleared = []
    with pytest.raises(Interrupted), interruptible():  # noqa: PT012 - the clearing up is what is tested
        try:
            os.kill(os.getpid(), signal.SIGINT)
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            cleared.append(True)
    # Catches a nervous second Ctrl-C that leaves half a file.
    assert cleared


class GoesDeaf:
    """An object that is thrown away as the signal comes: Python loses what is raised there."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_that_was_lost_can_be_given_again() -> None:
    went_on = []
    with pytest.raises(Interrupted), interruptible():  # noqa: PT012 - the loss is played
        GoesDeaf()
        went_on.append(True)
        os.kill(os.getpid(), signal.SIGINT)
    # Catches a program that no Ctrl-C ends any more, once a library swallowed the first (the block above raised it).
    assert went_on


def test_other_errors_pass() -> None:
    # Catches an error that is taken for an interruption though no signal came.
    with pytest.raises(ValueError, match="ours"), interruptible():
        raise ValueError("ours")
