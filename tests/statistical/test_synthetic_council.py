"""Synthetic councils keep to the calibration card, and the truth they carry is the truth."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from ehforecast.reference.days import days
from ehforecast.synthetic.council import SyntheticCouncil, draw_council
from ehforecast.synthetic.council_plan import CouncilPlan
from ehforecast.vocabulary.ethnicity import Ethnicity
from ehforecast.vocabulary.referral_source_codes import ReferralSourceCode

YEAR = pd.Timedelta(days=365)
NOT_KNOWN = [code.value for code in Ethnicity if not code.is_known]

# Five councils of 16,700 contacts a year over six years: about 500,000 contacts, 100,000 referrals, 55,000 episodes.
# Brothers and sisters, and a child's own returns, go together; the effective number is taken as a third of the rows.
SEEDS = (1, 2, 3, 4, 5)


@pytest.fixture(scope="module")
def councils() -> tuple[SyntheticCouncil, ...]:
    return tuple(draw_council(CouncilPlan(seed=seed, name=f"K{seed}")) for seed in SEEDS)


@pytest.fixture(scope="module")
def tables(councils: tuple[SyntheticCouncil, ...]) -> dict[str, pd.DataFrame]:
    return {name: pd.concat([one.tables[name] for one in councils], ignore_index=True) for name in councils[0].tables}


@pytest.fixture(scope="module")
def truth(councils: tuple[SyntheticCouncil, ...]) -> dict[str, pd.DataFrame]:
    names = councils[0].truth_tables
    return {name: pd.concat([one.truth_tables[name] for one in councils], ignore_index=True) for name in names}


def area_under_curve(risk: pd.Series, came: pd.Series) -> float:
    """Mann-Whitney: the chance that one to whom it came had the higher risk."""
    ranks, yes = risk.rank().to_numpy(), came.to_numpy(dtype=bool)
    return float((ranks[yes].sum() - yes.sum() * (yes.sum() + 1) / 2) / (yes.sum() * (~yes).sum()))


Record = Callable[..., None]


def test_volume_and_outcomes(tables: dict[str, pd.DataFrame], record_figure: Record) -> None:
    contacts = tables["contacts"]
    shares = contacts["outcome"].value_counts(normalize=True)
    ratio = len(contacts) / len(tables["referrals"])
    record_figure("contacts per referral", ratio, "card 4.8")
    # Catches a council of the wrong size; 72 months, each disturbed by 13.5%, have a mean within 2%.
    assert len(contacts) == pytest.approx(5 * 6 * 16_700, rel=0.06)
    # Catches a front door that passes on too much or too little: card 4.8, between councils 2.5 to 10.
    assert ratio == pytest.approx(4.8, abs=0.4)
    # Catches outcomes outside the card's ranges (45-60%, 15-25%, 21%); sampling error is below 0.3 points.
    assert 0.45 <= shares[["no_further_action", "information_and_advice"]].sum() <= 0.60
    assert 0.15 <= shares["early_help"] <= 0.25
    assert shares["referral"] == pytest.approx(0.21, abs=0.015)


def test_families(tables: dict[str, pd.DataFrame], record_figure: Record) -> None:
    families = tables["families"]
    size = len(families) / families["family_id"].nunique()
    record_figure("children known per family", size, "card 1.78, within 0.05")
    # Catches children without brothers and sisters; the acceptance line asks for 1.78 within 0.05.
    assert size == pytest.approx(1.78, abs=0.05)


def test_case_review(truth: dict[str, pd.DataFrame], record_figure: Record) -> None:
    needs = truth["needs_at_help"]
    trio = needs[["domestic_abuse", "adult_mental_health", "substance_misuse"]]
    shares = (*trio.mean(), trio.all(axis=1).mean())
    record_figure("trio and all three", " ".join(f"{share:.3f}" for share in shares), "0.420 0.422 0.144 0.060")
    # Catches wrong prevalence or correlation; the acceptance line asks for 1.5 points (sampling error: 0.4).
    np.testing.assert_allclose(shares, (0.42, 0.422, 0.144, 0.06), atol=0.015)
    ages = np.searchsorted([5, 8, 12, 16], needs.loc[needs["domestic_abuse"], "age_years"], side="right")
    split = np.bincount(ages, minlength=5) / len(ages)
    # Catches domestic abuse spread evenly over ages; the acceptance line asks for 3 points of Walsall's split.
    np.testing.assert_allclose(split, (0.419, 0.211, 0.235, 0.108, 0.027), atol=0.03)


def test_adversity_is_shared(truth: dict[str, pd.DataFrame]) -> None:
    needs = truth["needs_at_help"]
    two = (needs["adult_mental_health"] & needs["substance_misuse"]).mean()
    # Catches independent troubles: .422 * .144 is 6.1%; a latent correlation of 0.31 gives about 9.4%.
    assert two == pytest.approx(0.094, abs=0.015)


def test_ends_of_help(tables: dict[str, pd.DataFrame]) -> None:
    reasons = tables["early_help_episodes"]["end_reason"].value_counts(normalize=True)
    # Catches closures that do not end as Walsall's did: 60% and 18.6%; sampling error 0.4 points, with siblings.
    assert reasons["needs_met"] == pytest.approx(0.60, abs=0.02)
    assert reasons["disengaged"] == pytest.approx(0.186, abs=0.015)
    # Catches a reason that never happens.
    assert set(reasons.index) == {"needs_met", "disengaged", "stepped_up", "moved", "other"}


def test_later_events(truth: dict[str, pd.DataFrame], record_figure: Record) -> None:
    ends = truth["ends_of_help"]
    escalated = ends["came_escalation"].dropna().mean()
    record_figure("escalation within 12 months", escalated, "card 0.15")
    # Catches a wrong prior of escalation (0.15); 50,000 ends, a third effective: standard error 0.3 points.
    assert escalated == pytest.approx(0.15, abs=0.012)
    # Catches a wrong return to early help (Walsall: 33.2%); standard error 0.4 points.
    assert ends["came_help"].mean() == pytest.approx(0.332, abs=0.015)


def test_reassessment(tables: dict[str, pd.DataFrame]) -> None:
    episodes = tables["early_help_episodes"].sort_values(["person_id", "started_on"])
    following = episodes.groupby("person_id")["started_on"].shift(-1)
    followed_up = episodes["ended_on"] < pd.Timestamp("2024-03-31") - YEAR
    again = (following - episodes["ended_on"] <= YEAR)[followed_up].mean()
    # Catches returns that all become new episodes (Walsall: 6.6% re-assessed); standard error 0.2 points.
    assert again == pytest.approx(0.066, abs=0.01)


def test_returns_to_social_care(tables: dict[str, pd.DataFrame], record_figure: Record) -> None:
    referrals = tables["referrals"].sort_values(["person_id", "referral_on"])
    before = referrals.groupby("person_id")["referral_on"].shift()
    later_years = referrals["referral_on"] >= pd.Timestamp("2019-04-01")
    rate = ((referrals["referral_on"] - before) <= YEAR)[later_years].mean()
    record_figure("re-referral within 12 months, DfE", rate, "card 0.20")
    # Catches a wrong DfE rate: 20%, councils spread by 5 points; standard error 0.3 points.
    assert rate == pytest.approx(0.20, abs=0.015)
    first = referrals.drop_duplicates("person_id").set_index("person_id")["referral_on"]
    cohort = first[first < pd.Timestamp("2019-04-01")]
    again = referrals[before.notna()].drop_duplicates("person_id").set_index("person_id")["referral_on"]
    returned = again.reindex(cohort.index)
    shares = [(returned < pd.Timestamp(f"{year}-04-01")).mean() for year in (2019, 2020, 2024)]
    record_figure("returned in the same, next, sixth year", " ".join(f"{share:.2f}" for share in shares), ".15 .30 .55")
    # Catches returns that are not front-loaded, or that dry up. The card's 15 and 30% (one study, indicative) imply
    # about 26% within 12 months, which cannot hold beside the official 20%: they are scaled by 20/26, 55% is kept.
    # Cohorts of 8,500 children, a third effective: standard error 1 point.
    np.testing.assert_allclose(shares, (0.115, 0.25, 0.55), atol=0.03)


@pytest.mark.parametrize(
    ("table", "risk", "came", "least"),
    [
        ("ends_of_help", "true_escalation_risk", "came_escalation", 0.70),
        ("ends_of_help", "true_help_risk", "came_help", 0.68),
        ("referrals", "true_referral_risk", "came_referral", 0.68),
    ],
)
def test_true_risk_is_true(
    truth: dict[str, pd.DataFrame], record_figure: Record, table: str, risk: str, came: str, least: float
) -> None:
    rows = truth[table].dropna(subset=[came])
    happened, said = rows[came].astype(float), rows[risk]
    record_figure(f"{came}: said, came", f"{said.mean():.4f} {happened.mean():.4f}")
    # Catches a risk that is not the one events are drawn from: 3% left out by construction, and 3 standard errors
    # (50,000 rows, a third effective: 2% of a risk of 0.15).
    assert happened.mean() == pytest.approx(said.mean(), rel=0.06)
    tenths = pd.qcut(said, 10, labels=False)
    gap = (happened.groupby(tenths).mean() - said.groupby(tenths).mean()).abs()
    # Catches risks that are right on average only: each tenth has 5,000 rows, a third effective, se up to 1.2 points.
    assert gap.max() < 0.04
    area = area_under_curve(said, happened)
    record_figure(f"{came}: AUROC of the true risk", area, "0.70 to 0.78")
    # Catches a generator that flatters models, or one in which there is nothing to learn.
    assert least < area < 0.78


def test_help_makes_harm_more_visible(truth: dict[str, pd.DataFrame]) -> None:
    ends = truth["ends_of_help"].dropna(subset=["came_escalation"])
    watched, unwatched = ends["true_escalation_risk"], ends["true_escalation_risk_unwatched"]
    # Catches a surveillance effect that does nothing, or that could lower a risk.
    assert (watched >= unwatched).all()
    # Catches an effect of another size: rates rise by 45% in 7 to 18 months after the start, so the risk by less.
    assert 1.15 < watched.mean() / unwatched.mean() < 1.45


def test_school_calendar(tables: dict[str, pd.DataFrame], record_figure: Record) -> None:
    daily = days(2018, 2024).loc["2018-04-01":"2024-03-31"]
    contacts = tables["contacts"]
    # Months with both kinds of day, so that a month's own level cancels (Mantel-Haenszel).
    ratio, of_schools = (
        holiday_ratio(daily, rows["contact_on"]) for rows in (contacts, contacts[contacts["source"] == "2A"])
    )
    record_figure("holiday weekday over school day", ratio, "card 0.80")
    # Catches a front door that does not know school holidays: 90,000 contacts on holidays, standard error 0.5%.
    assert ratio == pytest.approx(0.80, abs=0.02)
    # Catches schools that refer as much when closed: assumption 0.25.
    assert of_schools == pytest.approx(0.25, abs=0.03)


def holiday_ratio(daily: pd.DataFrame, on: pd.Series) -> float:
    working = daily[daily["working_day"]]
    counts = on.value_counts().reindex(working.index, fill_value=0)
    by_kind = counts.groupby([working.index.to_period("M"), working["school_day"]]).agg(["sum", "size"])
    both = by_kind.unstack().dropna()
    total = both["size"].sum(axis=1)
    holiday = both["sum", False] * both["size", True] / total
    school = both["sum", True] * both["size", False] / total
    return float(holiday.sum() / school.sum())


def test_months_are_noisy(councils: tuple[SyntheticCouncil, ...], record_figure: Record) -> None:
    logs, told = [], []
    for council in councils:
        months = council.truth_tables["months"].set_index("month")
        on = council.tables["referrals"]["referral_on"].dt.to_period("M").dt.start_time
        ratio = np.log(on.value_counts().sort_index() / (months["calendar"] * months["level"]))
        told.append(np.log(months["disturbance"]))
        logs.append(ratio - ratio.rolling(24, center=True, min_periods=12).mean())
    extra = np.concatenate(logs)
    # About 290 referrals a month: Poisson noise of 1/290 is taken off; a moving mean of two years takes 4% of the rest.
    variation = float(np.sqrt(np.var(extra) - 1 / 290))
    record_figure("extra-Poisson variation of monthly referrals", variation, "card 0.15")
    # Catches months that are too calm or too wild; 360 months: standard error 0.006, calmer by the moving mean.
    assert variation == pytest.approx(0.15, abs=0.025)
    # Catches disturbances that the truth tells of and the counts know nothing of.
    assert np.corrcoef(extra, np.concatenate(told))[0, 1] > 0.7


def test_sources(tables: dict[str, pd.DataFrame]) -> None:
    groups = tables["referrals"]["source"].map(lambda code: ReferralSourceCode(code).group.value)
    shares = groups.value_counts(normalize=True)
    published = {"police": 0.285, "schools": 0.203, "health_services": 0.147, "la_services": 0.141, "individual": 0.080}
    # Catches a mix of sources other than DfE's of 2024; standard error 0.3 points.
    np.testing.assert_allclose(shares[list(published)], list(published.values()), atol=0.012)


def test_ethnicity_goes_missing_by_stage(tables: dict[str, pd.DataFrame], record_figure: Record) -> None:
    people = tables["people"].set_index("person_id")
    missing = people["ethnicity"].isin(NOT_KNOWN)
    at_contact = tables["contacts"]["person_id"].map(missing).mean()
    in_need = missing[people.index.isin(tables["statutory_steps"]["person_id"])].mean()
    record_figure("ethnicity missing at contact, in need", f"{at_contact:.3f} {in_need:.3f}", "0.14-0.25, 0.02")
    # Catches ethnicity known alike at every stage.
    assert 0.14 < at_contact < 0.25
    # Catches the same at the other end; 2% of 40,000 people: standard error 0.1 points.
    assert in_need == pytest.approx(0.02, abs=0.006)


def test_who_is_in_need(tables: dict[str, pd.DataFrame]) -> None:
    people = tables["people"]
    groups = people["ethnicity"].map(lambda code: Ethnicity(code).group.value)
    shares = groups[groups != "not_known"].value_counts(normalize=True)
    # Catches a population other than children in need of 2024; families share one, so a third effective: se 0.3 points.
    np.testing.assert_allclose(
        shares[["white", "mixed", "asian", "black", "other"]], (0.685, 0.095, 0.083, 0.093, 0.044), atol=0.01
    )
    # Catches boys and girls alike: 52.1% boys; se 0.15 points.
    assert (people["sex"] == "male").mean() == pytest.approx(0.521, abs=0.01)


def test_statutory_steps(tables: dict[str, pd.DataFrame]) -> None:
    referrals = tables["referrals"]
    steps = tables["statutory_steps"]["step"].value_counts() / len(referrals)
    # Catches steps at other rates than England's 36% and 10% of referrals; se 0.3 points, cut short by later referrals.
    assert steps["section_47"] == pytest.approx(0.36, abs=0.02)
    assert steps["child_protection_plan"] == pytest.approx(0.10, abs=0.015)
    answered = referrals["no_further_action"] != "unknown"
    # Catches no further action at another rate than 6.5%; se 0.15 points.
    assert (referrals["no_further_action"] == "yes")[answered].mean() == pytest.approx(0.065, abs=0.006)
    assessments = tables["assessments"]
    not_in_need = (assessments["outcome_no_further_action"] == "yes").sum() / len(referrals)
    # Catches assessments that find need too often: 30.8% of referrals, less 2% of answers unknown.
    assert not_in_need == pytest.approx(0.30, abs=0.02)
    working_days = (assessments["completed_on"] - assessments["started_on"]).dt.days * 5 / 7
    # Catches assessments of another length: quartiles 17, 32, 43 working days; a later referral cuts some short.
    np.testing.assert_allclose(working_days.quantile([0.25, 0.5, 0.75]), (17, 32, 43), atol=2.5)


def test_factors(tables: dict[str, pd.DataFrame]) -> None:
    completed = tables["assessments"]["completed_on"].notna().sum()
    shares = tables["assessment_factors"]["factor"].value_counts() / completed
    published = {"3B": 0.32, "4B": 0.335, "1B": 0.142, "2B": 0.14, "3A": 0.113, "4A": 0.176, "16A": 0.176, "17A": 0.19}
    # Catches factors at other rates than England's of 2025; the trio follows the family's truth and is set within 2.5
    # points by calibration, the others within sampling error (0.2 points).
    np.testing.assert_allclose(shares[list(published)], list(published.values()), atol=0.025)


def test_caseloads(tables: dict[str, pd.DataFrame]) -> None:
    teams = tables["workforce"].query("role == 'early_help_practitioner'")
    # Catches teams sized by another caseload than Walsall's 9.5 families; a team of six is rounded by up to 8%.
    assert teams["cases_held"].sum() / teams["full_time_equivalent"].sum() == pytest.approx(9.5, rel=0.05)
