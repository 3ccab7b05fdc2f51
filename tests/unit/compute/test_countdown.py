"""How long work still takes, in words."""

import pytest

from ehforecast.compute.countdown import Countdown, duration_in_words


def countdown(pieces: int, *, after_s: float) -> Countdown:
    times = iter([100.0, 100.0 + after_s])
    return Countdown(pieces, clock=lambda: next(times))


@pytest.mark.parametrize(
    ("done", "after_s", "said"),
    [
        (1, 30, ", about 2 minutes left"),  # four more of half a minute each
        (4, 100, ", about 20 seconds left"),  # 25 s, to the even ten
        (4, 20, ""),  # 5 s are not worth a word
        (5, 600, ""),
    ],
)
def test_what_is_left_follows_from_what_was_done(done: int, after_s: float, said: str) -> None:
    # Catches time left reckoned from all pieces, from none, or told when everything is done.
    assert countdown(5, after_s=after_s).left(done) == said


def test_before_the_first_piece_nothing_is_known() -> None:
    # Catches a division by nought before anything was done.
    assert countdown(5, after_s=60).left(0) == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "1 second"), (9.4, "9 seconds"), (89, "1 minute"), (5399, "90 minutes"), (5401, "1.5 hours")],
)
def test_durations_read_as_people_say_them(seconds: float, words: str) -> None:
    # Catches "1 minutes", "0 seconds" and digits that nobody needs.
    assert duration_in_words(seconds) == words
