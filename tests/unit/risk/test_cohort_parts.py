"""A cohort made a part of its families at a time is the cohort made at once, and so are the trees learned from it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ehforecast.compute.engine import engine
from ehforecast.errors import ContractError, RiskError, SettingsError
from ehforecast.risk import cohort_parts
from ehforecast.risk.censoring import CensoringSettings
from ehforecast.risk.classifier import Learning, RiskClassifier
from ehforecast.risk.cohort_parts import CohortParts, build_cohort_parts
from ehforecast.risk.encoder import FeatureEncoder
from ehforecast.risk.family_parts import tables_in_parts
from ehforecast.risk.learning import learning_rows
from ehforecast.risk.linked_families import link_families
from ehforecast.risk.matrix import (
    CohortPlan,
    CouncilCohort,
    MatrixSettings,
    build_cohort,
)
from ehforecast.risk.matrix_leaks import REFUSED
from ehforecast.risk.outcome import followed_until
from ehforecast.risk.outcome_settings import QUESTIONS
from ehforecast.risk.timeline import default_timeline
from ehforecast.store import KnownTables
from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan

DRAWN = CouncilPlan(seed=4, years=6, contacts_a_year=3000, warm_up_years=2)
QUESTION = QUESTIONS["escalation_after_contact"]
UNTIL = followed_until(QUESTION, DRAWN.extracted_on)
PLAN = CohortPlan(QUESTION, default_timeline(DRAWN.starts_on, UNTIL, families=QUESTION.families), DRAWN.extracted_on)
Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return dict(draw_council(DRAWN).tables)


@pytest.fixture(scope="module")
def whole(tables: Tables) -> CouncilCohort:
    return build_cohort(tables, question=QUESTION, timeline=PLAN.timeline, extracted_on=DRAWN.extracted_on)


def parts_of(
    tables: Tables,
    folder: Path,
    *,
    plan: CohortPlan = PLAN,
    rows_at_once: int = 7_000,
    progress: Callable[[str, int, int], None] | None = None,
) -> CohortParts:
    with KnownTables.from_frames(tables, on=DRAWN.extracted_on) as known:
        return build_cohort_parts(known, folder, plan=plan, rows_at_once=rows_at_once, progress=progress)


@pytest.fixture(scope="module")
def parts(tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> CohortParts:
    return parts_of(tables, tmp_path_factory.mktemp("parts") / "cohort")


def by_event(frames: list[pd.DataFrame], events: list[pd.Series]) -> pd.DataFrame:
    named = pd.concat(frames).assign(named=pd.concat(events))
    return named.sort_values("named", ignore_index=True).drop(columns="named")


@pytest.mark.parametrize("frame", ["rows", "features", "audit"])
def test_parts_hold_what_the_whole_holds(parts: CohortParts, whole: CouncilCohort, frame: str) -> None:
    assert len(parts) == 3
    found = by_event([getattr(part, frame) for part in parts], [part.rows["event_id"] for part in parts])
    asked = by_event([getattr(whole.cohort, frame)], [whole.cohort.rows["event_id"]])
    # Catches a family cut in two, an area seen with some of its contacts, a level or type lost on the way to a file.
    pd.testing.assert_frame_equal(found, asked)


def test_families_that_share_a_person_stay_together(tables: Tables) -> None:
    with KnownTables.from_frames(tables, on=DRAWN.extracted_on) as known:
        found = list(tables_in_parts(known, 5))
    groups = [set(link_families(part["families"])) for part in found]
    # Catches a group of linked families in two parts.
    assert sum(map(len, groups)) == len(set().union(*groups)) == link_families(tables["families"]).nunique()
    for name in found[0]:
        # Catches a row lost or doubled, for example of a person without a family or of an assessment nobody made.
        assert sum(len(part[name]) for part in found) == len(tables[name])
    # Catches parts so unlike in size that memory is that of the largest.
    assert max(len(part["contacts"]) for part in found) < 1.3 * len(tables["contacts"]) / 5
    with KnownTables.from_frames(tables | {"families": tables["families"].head(0)}, on=DRAWN.extracted_on) as known:
        alone = list(tables_in_parts(known, 5))
    # Catches a council that records no families, all in one part.
    assert max(len(part["contacts"]) for part in alone) < 1.3 * len(tables["contacts"]) / 5


def test_rows_of_a_part_stand_by_key(tables: Tables) -> None:
    turned = {name: table.iloc[::-1].reset_index(drop=True) for name, table in tables.items()}
    with KnownTables.from_frames(turned, on=DRAWN.extracted_on) as known:
        found = list(tables_in_parts(known, 2))
    # Catches another "latest" of two rows of one day than that of the cohort made at once, whose rows stand by key.
    assert all(part["contacts"]["contact_id"].is_monotonic_increasing for part in found)


def test_a_person_without_a_family_and_a_factor_without_an_assessment_are_in_one_part(tables: Tables) -> None:
    alone = tables["contacts"].head(1).assign(person_id="nobody else")
    lost = tables["assessment_factors"].head(1).assign(assessment_id="never made")
    more = tables | {
        "contacts": pd.concat([tables["contacts"], alone], ignore_index=True),
        "assessment_factors": pd.concat([tables["assessment_factors"], lost], ignore_index=True),
    }
    with KnownTables.from_frames(more, on=DRAWN.extracted_on) as known:
        found = list(tables_in_parts(known, 3))
    # Catches a row that no part asks for.
    assert sum((part["contacts"]["person_id"] == "nobody else").sum() for part in found) == 1
    assert sum((part["assessment_factors"]["assessment_id"] == "never made").sum() for part in found) == 1


def test_people_whose_rows_refer_to_each_other_stay_together(tables: Tables) -> None:
    names = ("early_help_episodes", "referrals", "assessments")
    help_rows, referrals, assessments = (tables[name].copy() for name in names)
    help_rows.loc[:20, "contact_id"] = tables["contacts"]["contact_id"].tail(21).to_numpy()
    referrals.loc[:20, "contact_id"] = tables["contacts"]["contact_id"].tail(21).to_numpy()
    assessments.loc[:20, "referral_id"] = tables["referrals"]["referral_id"].tail(21).to_numpy()
    more = tables | dict(zip(names, (help_rows, referrals, assessments), strict=True))
    with KnownTables.from_frames(more, on=DRAWN.extracted_on) as known:
        found = list(tables_in_parts(known, 5))
    for part in found:
        # Catches an area, a source or an acceptance that the cohort made at once knows and a part does not: contracts
        # keep a reference to a row of somebody else.
        for name in ("early_help_episodes", "referrals"):
            assert part[name]["contact_id"].dropna().isin(part["contacts"]["contact_id"]).all()
        assert part["assessments"]["referral_id"].isin(part["referrals"]["referral_id"]).all()
    # Catches rows joined so often that everybody is in one part.
    assert max(len(part["contacts"]) for part in found) < 1.3 * len(tables["contacts"]) / 5


def test_what_is_missing_in_one_part_is_not_missing(tables: Tables, tmp_path: Path) -> None:
    question = QUESTIONS["early_help_re_referral"]
    plan = replace(PLAN, question=question)
    asked = build_cohort(tables, question=question, timeline=plan.timeline, extracted_on=DRAWN.extracted_on)
    parts = parts_of(tables, tmp_path / "cohort", plan=plan, rows_at_once=250)
    # Catches a test that tries nothing: parts with a period of no events.
    assert any((part.rows["period"] != "calibrate").all() for part in parts)
    # Catches a cohort refused for what chance left out of one part, or counted there only.
    assert parts.account == asked.account


def test_a_part_with_nobody_in_it_is_an_empty_cohort(tables: Tables, whole: CouncilCohort, tmp_path: Path) -> None:
    with KnownTables.from_frames(tables, on=DRAWN.extracted_on) as known:
        first, _ = tables_in_parts(known, 2)  # all of its families fall into the first of two parts again
    made = parts_of(first, tmp_path / "cohort", rows_at_once=len(first["contacts"]) // 2 + 1)
    assert [len(part) > 0 for part in made] == [True, False]
    for frame in ("rows", "features", "audit"):
        # Catches a part that has other columns, types or levels than its neighbours.
        assert getattr(made.part(1), frame).dtypes.equals(getattr(whole.cohort, frame).dtypes)
    # Catches a part without rows that stops what is learned from the others.
    assert made.fit(RiskClassifier(trees=2)).trees_ == 2


def test_a_council_with_nobody_to_follow_is_refused_part_by_part_too(tables: Tables, tmp_path: Path) -> None:
    contacts = tables["contacts"].assign(outcome="referral")
    # Catches an empty cohort handed on as if it held somebody, and its folder left.
    with pytest.raises(
        SettingsError, match=f"no index event is left to follow, out of {len(contacts)}: .*by_the_outcome"
    ):
        parts_of(tables | {"contacts": contacts}, tmp_path / "cohort")
    assert not (tmp_path / "cohort").exists()
    known_on = tables["contacts"][["recorded_on", "outcome_recorded_on"]].max(axis=1)
    early = tables["contacts"][known_on < pd.Timestamp(PLAN.timeline.test.first_on)]
    # Catches a model tested on nobody.
    with pytest.raises(SettingsError, match="no index event is left in the period to test"):
        parts_of(tables | {"contacts": early.reset_index(drop=True)}, tmp_path / "cohort", rows_at_once=20_000)


def test_the_account_is_that_of_the_whole(parts: CohortParts, whole: CouncilCohort) -> None:
    found, asked = parts.account, whole.account
    # Catches families, reasons or shares with the outcome that are of one part alone.
    assert (found.index_events, found.not_looked_at) == (asked.index_events, asked.not_looked_at)
    assert (found.families, found.largest_group_rows) == (asked.families, asked.largest_group_rows)
    assert [tilt.relative for tilt in found.tilts] == [tilt.relative for tilt in asked.tilts]
    assert found.notes == asked.notes


def test_leaks_are_looked_for_in_rows_in_their_order(
    tables: Tables, whole: CouncilCohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[CouncilCohort] = []

    def look(made: CouncilCohort, _plan: CohortPlan) -> CouncilCohort:
        seen.append(made)
        return made

    monkeypatch.setattr(cohort_parts, "look_for_leaks", look)
    parts_of(tables, tmp_path / "cohort")
    # Catches signs of a leak that go by time, asked of rows that stand by part.
    pd.testing.assert_frame_equal(seen[0].cohort.rows, whole.cohort.rows)
    pd.testing.assert_frame_equal(seen[0].cohort.features, whole.cohort.features)


def test_leaks_are_looked_for_in_all_parts_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty = dict(draw_council(replace(DRAWN, faults=("leakage_field", "proxy_field"), contacts_a_year=9000)).tables)
    latest = default_timeline(DRAWN.starts_on, DRAWN.extracted_on, families="latest")
    asked = replace(PLAN, question=QUESTIONS["escalation_after_early_help"], timeline=latest)
    monkeypatch.setattr(cohort_parts, "ROWS_AT_ONCE", len(faulty["early_help_episodes"]) // 2 + 1)
    # Catches every second family taken by the lots that also halve families to judge a leak: one half would be empty.
    with pytest.raises(ContractError, match="column need_level: rule 'no_feature_tells_the_outcome_alone'"):
        parts_of(faulty, tmp_path / "cohort", plan=asked, rows_at_once=5_000)
    monkeypatch.undo()
    # Catches a matrix with a leak left where somebody may learn from it.
    assert not (tmp_path / "cohort").exists()
    looking = replace(asked, settings=MatrixSettings(check_for_leaks=False))
    account = parts_of(faulty, tmp_path / "looked", plan=looking, rows_at_once=5_000).account
    # Catches signs that are looked for in one part alone, or lost.
    assert {suspect.feature for suspect in account.suspects if suspect.kind in REFUSED} == {"need_level"}
    assert ("lead_organisation", "ethnic_group", "black") in {(p.feature, p.field, p.group) for p in account.proxies}


def test_trees_learned_from_parts_are_those_learned_at_once(parts: CohortParts) -> None:
    asked = RiskClassifier(trees=40, catalogue=parts.catalogue, seed=3)
    learned = [learning_rows(part.of("train"), CensoringSettings()) for part in parts]
    at_once = RiskClassifier(trees=40, catalogue=parts.catalogue, seed=3).fit(
        pd.concat([rows.features for rows in learned]),
        np.concatenate([rows.outcome for rows in learned]),
        sample_weight=np.concatenate([rows.weights for rows in learned]),
    )
    found = parts.fit(asked)
    # Catches levels, weights or rows that differ between the two ways.
    assert found.encoder_ == at_once.encoder_
    assert found.model_text_ == at_once.model_text_
    assert found.predict_proba(parts.part(1).features).shape == (len(parts.part(1)), 2)


def test_of_more_rows_than_are_sampled_the_same_are_sampled() -> None:
    draw = np.random.default_rng(0)
    matrix = draw.normal(size=(260_000, 4))
    matrix[draw.random(matrix.shape) < 0.3] = np.nan
    matrix[:, 3] = draw.random(len(matrix)) < 0.0001  # too rare for a leaf: left out before learning
    outcome = (np.nan_to_num(matrix[:, 0]) + draw.normal(size=len(matrix)) > 0).astype(float)
    encoder = FeatureEncoder(("a", "b", "c", "d"), {})

    def rows(first: int, last: int) -> Learning:
        return Learning(matrix[first:last], outcome[first:last], np.ones(last - first))

    cuts = ((0, 90_000), (90_000, 100_000), (100_000, len(matrix)))
    reads: list[Callable[[], Learning]] = [partial(rows, *cut) for cut in cuts]
    asked = RiskClassifier(trees=10, feature_fraction=0.5, seed=5)
    # Catches LightGBM taking another sample, or other features, from parts than from rows at once.
    assert asked.fit_parts(reads, encoder).model_text_ == asked.fit_encoded(rows(0, len(matrix)), encoder).model_text_


def test_parts_of_one_outcome_teach_nothing() -> None:
    def read() -> Learning:
        return Learning(np.zeros((20, 1)), np.zeros(20), np.ones(20))

    # Catches trees that say "never" of everybody, as if that had been learned.
    with pytest.raises(RiskError, match="of 40 rows in 2 parts, 0 have the outcome"):
        RiskClassifier().fit_parts([read, read], FeatureEncoder(("a",), {}))


def test_a_build_that_is_broken_off_leaves_nothing(tables: Tables, tmp_path: Path) -> None:
    folder = tmp_path / "cohort"
    folder.mkdir()
    folder.chmod(0o755)
    modes: list[int] = []

    def interrupt(_step: str, _done: int, _of: int) -> None:
        modes.append(folder.stat().st_mode & 0o777)
        assert list(folder.iterdir())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        parts_of(tables, folder, progress=interrupt)
    # Catches a folder of records that others may look into.
    assert modes == [0o700]
    # Catches records left lying about after Ctrl-C, a full disk or any error.
    assert not folder.exists()


def test_parts_are_asked_for_by_number_and_go_when_done(parts: CohortParts, tables: Tables, tmp_path: Path) -> None:
    for number in (-1, 3):
        # Catches an error about a file that nobody named.
        with pytest.raises(SettingsError, match=f"no part {number}: parts are numbered from 0 to 2"):
            parts.part(number)
    with pytest.raises(SettingsError, match="rows_at_once is 0"):
        parts_of(tables, tmp_path / "other", rows_at_once=0)
    done = replace(parts, folder=tmp_path / "done")
    done.folder.mkdir()
    (done.folder / "part_0000_rows.parquet").write_bytes(b"")
    done.remove()
    # Catches records that stay after a user has said to delete them.
    assert not done.folder.exists()


def test_parts_made_by_processes_are_the_same_files(tables: Tables, parts: CohortParts, tmp_path: Path) -> None:
    with engine("processes:2"):
        made = parts_of(tables, tmp_path / "cohort")
    names = sorted(path.name for path in made.folder.iterdir())
    assert names == sorted(path.name for path in parts.folder.iterdir())
    # Catches parts mixed up on their way back, and files others may read.
    assert all((made.folder / name).read_bytes() == (parts.folder / name).read_bytes() for name in names)
    assert {(made.folder / name).stat().st_mode & 0o777 for name in names} == {0o600}


def test_a_folder_in_use_is_refused(tables: Tables, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("keep me")
    with pytest.raises(SettingsError, match="has something in it"):
        parts_of(tables, tmp_path)
    # Catches an older cohort mixed with a newer one.
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
