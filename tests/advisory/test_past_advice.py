"""The door for what changed: evidence or refusal, and no small count from records."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from past_sample import figures_result, records_result

from ehforecast.advisory.past_advice import Letterhead, PastAdvice, missing_of_past, release_past
from ehforecast.advisory.past_protection import protect_past
from ehforecast.demand.past_results import PastResult
from ehforecast.errors import ReleaseRefused

TOLD = Letterhead(purpose="research", reader="head of performance", run_id="run-1", data_source="Invented figures.")


def refusal(result: PastResult, told: Letterhead = TOLD) -> str:
    with pytest.raises(ReleaseRefused) as raised:
        release_past(result, told)
    return str(raised.value)


def with_main(result: PastResult, **values: object) -> PastResult:
    """The first estimate changed."""
    estimates = result.estimates.copy()
    for name, value in values.items():
        estimates[name] = estimates[name].astype(object)
        estimates.loc[0, name] = value
    return replace(result, estimates=estimates)


def test_published_figures_pass_as_they_are() -> None:
    advice = release_past(figures_result(), TOLD)
    # Catches published figures rounded or hidden a second time, or written down as counted from records.
    assert advice.result is figures_result()
    assert advice.counted == ()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (replace(TOLD, purpose="curiosity"), "a purpose from the closed list"),
        (replace(TOLD, reader=" "), "the role of the reader"),
        (replace(TOLD, run_id=""), "the id of the run"),
        (replace(TOLD, data_source=""), "the source of the data"),
    ],
)
def test_advice_says_for_whom_and_of_what(told: Letterhead, words: str) -> None:
    # Catches advice that nobody can trace.
    assert words in refusal(figures_result(), told)


def areas(**values: object) -> PastResult:
    return replace(figures_result(), areas=figures_result().areas.assign(**values))


def breaks(**values: object) -> PastResult:
    return replace(figures_result(), breaks=figures_result().breaks.assign(**values))


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (areas().__class__(**{**vars(areas()), "areas": areas().areas.iloc[:0]}), "the areas that were watched"),
        (areas(noise=np.nan), "the months watched and the noise"),
        (areas(months_watched=0), "or why it is not watched"),
        (breaks(low=9.0), "the range of the break of 2019-04"),
        (breaks(ratio=np.nan), "the range of the break of 2019-04"),
        (breaks(found_on="2018-01"), "when the break of 2019-04"),
        (breaks(p_value=np.nan), "and how surely"),
        (
            replace(figures_result(), windows=figures_result().windows.assign(high=0.0)),
            "the range of the named window 'covid'",
        ),
        (replace(figures_result(), changes=figures_result().changes.assign(said_by=" ")), "who says when 'Front door'"),
        (replace(figures_result(), estimates=pd.DataFrame()), "the one estimate that the conclusion on 'Front door'"),
        (with_main(figures_result(), is_main=True), "the one estimate that the conclusion on 'Front door'"),
        (with_main(figures_result(), verdict="splendid"), "a verdict on 'Front door' over 3 months"),
        (with_main(figures_result(), months_used=0), "the months and placebos behind 'Front door'"),
        (with_main(figures_result(), placebos=-1), "the months and placebos behind 'Front door'"),
        (with_main(figures_result(), low=1.0), "the range of 'Front door'"),
        (with_main(figures_result(), p_value=0.5), "placebos that bear out the verdict on 'Front door'"),
        (with_main(figures_result(), high=0.5), "placebos that bear out the verdict on 'Front door'"),
        (with_main(figures_result(), detectable_fall=np.nan), "the least change that could be told"),
        (replace(figures_result(), fits=figures_result().fits.iloc[1:]), "how closely 'like_others' ran to the past"),
        (
            replace(with_main(figures_result(), false_rate=np.nan), notes=pd.DataFrame()),
            "how often placebos of other dates look like 'Front door'",
        ),
    ],
)
def test_what_is_missing_is_named(result: PastResult, words: str) -> None:
    # Catches a finding without the evidence to judge it.
    assert words in refusal(result)


def test_advice_cannot_be_made_round_the_door() -> None:
    bare = areas(noise=np.nan)
    with pytest.raises(ReleaseRefused, match="noise"):
        PastAdvice(bare, **vars(TOLD))
    # Catches counts from records shown by hand as they are.
    with pytest.raises(ReleaseRefused, match="counts from records: small ones hidden"):
        PastAdvice(records_result(), **vars(TOLD))


def test_a_change_that_could_not_be_measured_needs_no_estimate() -> None:
    result = figures_result()
    # Catches a refusal in words taken for missing evidence.
    assert "Late" in set(result.changes.loc[result.changes["refusal"] != "", "change"])
    assert list(missing_of_past(result)) == []


def test_what_is_not_known_may_be_said_in_a_note() -> None:
    notes = pd.DataFrame({"change": ["Front door"], "note": ["no other date could be tried"]})
    result = replace(with_main(figures_result(), false_rate=np.nan), notes=notes)
    # Catches a rate that cannot be had making all else unusable.
    assert list(missing_of_past(result)) == []


def test_counts_from_records_are_hidden_or_rounded() -> None:
    advice = release_past(records_result(), TOLD)
    observed = advice.result.observed
    counts = observed["observed_count"].dropna()
    # Catches a small count, or one not rounded to 5.
    assert ((counts == 0) | (counts > 7)).all()
    assert (counts % 5 == 0).all()
    # The sample must hold small counts, or the test says nothing.
    assert (observed["absent_because"] == "suppressed").any()
    # Catches counts told that the ledger does not know of.
    assert len(advice.counted) == 84


def test_nothing_beside_the_counts_gives_them_back() -> None:
    bare, safe = records_result(), protect_past(records_result()).result
    # Catches finer figures than counts to the nearest 5 allow.
    for frame, names in (
        (safe.breaks, ["ratio", "low", "high"]),
        (safe.estimates, ["effect"]),
        (safe.windows, ["ratio"]),
        (safe.placebos, ["effect"]),
    ):
        values = frame[names].to_numpy(dtype=float)
        assert np.allclose(values, values.round(2), equal_nan=True)
    for frame, names in (
        (safe.breaks, ["before_count", "after_count"]),
        (safe.estimates, ["observed_total", "expected_total"]),
        (safe.paths, ["observed_count", "expected_count"]),
    ):
        shown = frame[names].melt()["value"].dropna()
        assert (shown % 5 == 0).all()
        assert ((shown == 0) | (shown > 7)).all()
    hidden = set(
        map(
            tuple, safe.observed.loc[safe.observed["absent_because"] == "suppressed", ["area_code", "month"]].to_numpy()
        )
    )
    # Catches a path that shows a month which is hidden elsewhere.
    path = safe.paths[safe.paths["observed_count"].notna()]
    assert not hidden & {("north", month) for month in path["month"]}
    assert len(bare.paths) == len(safe.paths)


def test_means_and_totals_over_hidden_months_are_hidden() -> None:
    result = records_result()
    small = result.observed.copy()
    small.loc[small["month"].eq("2019-06") & small["area_code"].eq("north"), "observed_count"] = 3.0
    safe = protect_past(replace(result, observed=small)).result
    # Catches a hidden month worked out from a mean or a total that holds it, beside the other months.
    assert safe.estimates["observed_total"].isna().all()
    mine = safe.breaks[safe.breaks["area_code"] == "north"]
    assert mine[["before_count", "after_count"]].isna().all(axis=None)


LOW_MONTHS = (("south", 0.251), ("total", 0.513))


def test_a_hidden_month_that_stands_out_is_left_out() -> None:
    result = records_result()
    stands_out = {"month": "2016-05", "found_on": "2016-06", "p_value": 0.001}
    low = pd.DataFrame([{"area_code": code, "ratio": ratio} | stands_out for code, ratio in LOW_MONTHS])
    small = result.observed.copy()
    small.loc[small["month"].eq("2016-05") & small["area_code"].eq("south"), "observed_count"] = 3.0
    safe = protect_past(replace(result, observed=small, singles=low)).result
    # Catches a hidden count told by how far it stands out; one that is shown keeps its line.
    assert safe.singles[["area_code", "ratio"]].to_numpy().tolist() == [["total", 0.51]]


def test_a_result_without_findings_is_protected_too() -> None:
    nothing = {name: getattr(records_result(), name).iloc[:0] for name in ("breaks", "singles", "windows", "changes")}
    nothing |= dict.fromkeys(("estimates", "paths", "placebos", "neighbours", "fits"), pd.DataFrame())
    # Catches a crash where nothing was found and nothing was done.
    assert release_past(replace(records_result(), **nothing), TOLD).result.breaks.empty
