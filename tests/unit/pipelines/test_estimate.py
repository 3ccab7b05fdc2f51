"""What a run will take, in words, before it begins."""

import re
from pathlib import Path

from ehforecast.pipelines.estimate import LONG_S, SECONDS, told_before
from ehforecast.pipelines.settings import read_council_settings
from ehforecast.pipelines.whole_run import STEPS, _pieces


def test_a_short_run_is_not_worth_a_word() -> None:
    # Catches a warning before every small run, which nobody reads after the second.
    assert told_before(["past"], 1_000) == ""
    assert told_before([], 10_000_000) == ""
    assert told_before(["records"], 10_000_000) == ""


def test_a_larger_council_takes_longer_and_more_memory() -> None:
    said = [told_before(SECONDS, contacts) for contacts in (100_000, 1_000_000)]
    pattern = r"to do: about (\d+) minutes?, and ([\d.]+) GiB of memory, as is usual with [\d,]+ contacts; .*"
    found = [re.fullmatch(pattern, words) for words in said]
    assert all(found)
    numbers = [(int(match[1]), float(match[2])) for match in found if match]
    # Catches an estimate that does not grow with the records, in time or in memory.
    assert numbers[0][0] * 60 >= LONG_S
    assert numbers[1] > numbers[0]
    assert numbers[1][1] > numbers[0][1]


def test_only_what_is_asked_counts() -> None:
    # Catches an estimate of everything, whatever is asked; and a section that there is no step for.
    assert "minute" in told_before(["assessment", "forecast"], 300_000)
    assert told_before(["forecast"], 100_000) == ""
    assert set(SECONDS) <= {step.section for step in STEPS}


def test_each_question_takes_as_long_again(root: Path) -> None:
    settings = read_council_settings(root / "configs" / "synthetic_council.yaml")
    assert settings.assessment is not None
    asked = settings.assessment.model_copy(update={"questions": ("one", "another", "a third")})
    to_do = [step for step in STEPS if step.section in {"forecast", "assessment"}]
    found = list(_pieces(to_do, settings.model_copy(update={"assessment": asked})))
    # Catches three questions said to take as long as one.
    assert found == ["forecast", "assessment", "assessment", "assessment"]
    assert told_before(["assessment"], 100_000) == ""
    assert "about 2 minutes" in told_before(["assessment"] * 3, 100_000)
