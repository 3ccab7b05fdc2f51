"""What a synthetic council is drawn from: published figures where there are any, and assumptions that say so."""

from dataclasses import asdict, dataclass

from ehforecast.vocabulary.ethnicity import EthnicGroup
from ehforecast.vocabulary.needs_and_factors import EarlyHelpReason
from ehforecast.vocabulary.referral_sources import ReferralSource


@dataclass(frozen=True)
class ArrivalTruth:
    """How many families arrive, and when. Source: DfE *Children in need* 2013-2024 by month, derived, unless said."""

    month_index: tuple[float, ...] = (
        0.986, 1.0, 1.0, 1.0, 1.066, 1.031, 1.018, 1.0, 0.956, 1.0, 1.0, 0.939,
    )  # fmt: skip
    """January to December, what is left after the calendar."""

    holiday_ratio: float = 0.80
    """Volume on a working day in school holidays over that on a school day (95% interval 0.78 to 0.82)."""

    school_holiday_ratio: float = 0.25
    """The same for contacts from schools alone (assumption, consistent with the total)."""

    weekday: tuple[float, ...] = (1.06, 1.02, 1.0, 0.98, 1.02)
    """Monday to Friday (assumption: nothing is published)."""

    weekend_share: float = 0.04
    """Of a week's volume, by the out-of-hours team (assumption)."""

    monthly_sd: float = 0.135
    """Of the monthly disturbance of the log level; with siblings who arrive together it gives the published 0.15."""

    monthly_autocorrelation: float = 0.29
    yearly_sd: float = 0.12
    break_chance: float = 0.11
    break_sd: float = 0.30
    """With the yearly moves: a standard deviation of yearly log changes of about 0.2."""


@dataclass(frozen=True)
class FamilyTruth:
    """Who the families are. Source: Walsall case review 2016 and DfE *Children in need* 2024, unless said."""

    children: tuple[float, ...] = (0.43, 0.31, 0.16, 0.067, 0.024, 0.009)
    """Shares of families with one, two, ... children. Forms leave some out: 1.78 per family become known."""

    ages: tuple[float, ...] = (0.70, 0.12, 0.13, 0.05)
    """Shares of children aged 0-4, 5-9, 10-15, 16-17 when first known: so that those helped are 21, 35, 35 and 9%."""

    sibling_gap_years: float = 3.2
    unborn_share: float = 0.02
    domestic_abuse: float = 0.40
    """Of families; of children helped 42%, by age."""

    domestic_abuse_by_age: tuple[float, ...] = (0.86, 0.37, 0.25, 0.18, 0.17)
    """Of children aged under 5, 5-7, 8-11, 12-15, 16-17 in any family: of those helped, cases split over these ages as
    41.9, 21.1, 23.5, 10.8 and 2.7%."""

    adult_mental_health: float = 0.392
    substance_misuse: float = 0.116
    shared_adversity: float = 0.31
    """Correlation of the three behind the thresholds; it makes all three together 6%."""

    ethnicity: tuple[tuple[EthnicGroup, float], ...] = (
        (EthnicGroup.WHITE, 0.685), (EthnicGroup.MIXED, 0.095), (EthnicGroup.ASIAN, 0.083),
        (EthnicGroup.BLACK, 0.093), (EthnicGroup.OTHER, 0.044),
    )  # fmt: skip
    ethnicity_of_population: tuple[tuple[EthnicGroup, float], ...] = (
        (EthnicGroup.WHITE, 0.70), (EthnicGroup.MIXED, 0.071), (EthnicGroup.ASIAN, 0.133),
        (EthnicGroup.BLACK, 0.065), (EthnicGroup.OTHER, 0.031),
    )  # fmt: skip
    male: float = 0.521
    disabled: float = 0.123

    reasons: tuple[tuple[EarlyHelpReason, float, float], ...] = (
        (EarlyHelpReason.CRIME_OR_ANTISOCIAL_BEHAVIOUR, 0.08, 0.12),
        (EarlyHelpReason.SCHOOL_ATTENDANCE, 0.17, -0.38),
        (EarlyHelpReason.CHILDREN_WHO_NEED_HELP, 0.28, 0.20),
        (EarlyHelpReason.WORKLESSNESS_OR_FINANCIAL_EXCLUSION, 0.08, -0.45),
        (EarlyHelpReason.DOMESTIC_ABUSE, 0.22, 0.55),
        (EarlyHelpReason.HEALTH_PROBLEMS, 0.12, -0.28),
        (EarlyHelpReason.OTHER, 0.05, 0.0),
    )
    """Main reason: share, and effect on the log rate of referral (both assumptions)."""

    need_levels: tuple[tuple[float, float], ...] = ((0.06, -1.0), (0.40, -0.48), (0.54, 0.38))
    """Universal, universal plus, targeted: share, and effect on the log rate of referral (assumptions)."""

    youngest_age_effects: tuple[float, ...] = (0.35, 0.15, 0.0, -0.10, -0.50)
    """Effects on the log rate of referral of the youngest child's age: under 1, 1-4, 5-9, 10-15, 16-17 (assumption)."""

    trio_effects: tuple[float, float, float] = (0.12, 0.08, 0.20)
    """Of domestic abuse, adult mental health and substance misuse on the log rate of referral (assumptions)."""

    sibling_effect: float = 0.10
    """Of each further child, on the log rate of referral (assumption)."""

    locality_sd: float = 0.22
    """Between localities, on the log rate of referral (assumption)."""

    unrecorded_sd: float = 0.15
    """What no record shows, on the log rate of referral (assumption): no model can learn it but from history."""

    own_sd: float = 0.25
    """Of what moves help alone, and other contacts alone, on the log of their rates (assumption)."""


@dataclass(frozen=True)
class PathwayTruth:
    """What follows an arrival. Rates are per month of an average family; calibrated to the figures each names."""

    first_outcome: tuple[float, float, float] = (0.76, 0.12, 0.12)
    """A new family: no further action or advice; early help; referral."""

    advice_share: float = 0.35
    """Of contacts that lead to neither early help nor referral (assumption)."""

    sibling_shares: tuple[float, ...] = (0.90, 0.85, 0.60)
    """Chance that a child aged 0-4, 5-15, 16-17 is on a form about the family that leads to help or referral."""

    minor_sibling_share: float = 0.60
    referral_known: float = 0.0021
    referral_after_help: float = 0.0049
    referral_after_referral: tuple[float, ...] = (0.0123, 0.0086, 0.0054, 0.0049, 0.0055)
    """Added in months 1-3, 4-6, 7-12, 13-24 and later after a referral: 20% within 12 months, 55% in six years."""

    surveillance: float = 0.45
    """Relative rise of referral 7 to 18 months after help began: closer watching, not more harm (Troubled Families)."""

    help_known: float = 0.0031
    help_after_help: tuple[float, ...] = (0.0545, 0.0362, 0.0212, 0.0095, 0.0040)
    """After early help ended, by the same months: 33.2% within 12 months (Walsall 2018)."""

    contact_known: tuple[float, ...] = (0.044, 0.031, 0.023, 0.0155, 0.0095)
    """By months since the family's last arrival (assumption)."""

    engages: float = 0.85
    engages_again: float = 0.13
    """Early help offered becomes an episode: first, or within 12 months of the last (6.6% of closures re-assessed)."""

    steps_down: float = 0.06
    """Referrals that end in early help (15% of closed assessments are passed on)."""

    end_reasons: tuple[float, float, float, float] = (0.60, 0.186, 0.075, 0.055)
    """Weights of needs met, disengaged (Walsall 2018), moved, other (assumption); stepping up happens by itself."""

    end_reason_referral_effects: tuple[float, ...] = (0.85, 1.45, 1.0, 0.8, 1.0)
    """Factors of the rate of referral after needs met, disengaged, stepped up, moved, other."""

    end_reason_help_effects: tuple[float, ...] = (0.80, 1.60, 1.0, 0.55, 1.0)
    help_months: tuple[float, float] = (4.3, 0.55)
    """Median length of help, and standard deviation of its log."""


@dataclass(frozen=True)
class StatutoryTruth:
    """What follows a referral. Source: DfE *Children in need* 2025 (rates) and 2022 (lengths)."""

    no_further_action: float = 0.065
    not_in_need: float = 0.308
    section_47: float = 0.36
    protection_plan: float = 0.10
    looked_after: float = 0.05
    assessment_working_days: tuple[float, ...] = (3, 17, 32, 43, 75)
    """Quantiles 0, 25, 50, 75, 100%."""

    episode_lengths: tuple[tuple[float, int], ...] = (
        (0.476, 91),
        (0.155, 182),
        (0.158, 365),
        (0.117, 730),
        (0.094, 1500),
    )
    """Episodes of children in need: share, and most days."""

    return_effects: tuple[float, float, float] = (1.35, 1.15, 0.88)
    """Factors of the rate of a new referral after no further action, assessed not in need, in need (assumption)."""


@dataclass(frozen=True)
class RecordingTruth:
    """How the council writes it down (assumptions, but for ethnicity: one council 2021/22 and 2024/25)."""

    ethnicity_missing: tuple[float, ...] = (0.32, 0.20, 0.09, 0.02)
    """By the furthest a child got: contact, early help, referral, child in need."""

    late_share: float = 0.05
    late_days: float = 25.0
    """A tail of records entered late, and its mean; twice as heavy for schools and health."""

    domestic_abuse_found: float = 0.70
    mental_health_found: float = 0.77
    substance_found: float = 0.83


SOURCE_SHARES: tuple[tuple[ReferralSource, float], ...] = (
    (ReferralSource.INDIVIDUAL, 0.080), (ReferralSource.SCHOOLS, 0.203), (ReferralSource.EDUCATION_SERVICES, 0.017),
    (ReferralSource.HEALTH_SERVICES, 0.147), (ReferralSource.HOUSING, 0.012), (ReferralSource.LA_SERVICES, 0.141),
    (ReferralSource.POLICE, 0.285), (ReferralSource.OTHER_LEGAL_AGENCY, 0.044), (ReferralSource.OTHER, 0.042),
    (ReferralSource.ANONYMOUS, 0.016), (ReferralSource.UNKNOWN, 0.013),
)  # fmt: skip
"""Of referrals. Source: DfE *Children in need* 2024, table C5, England."""


@dataclass(frozen=True)
class CouncilTruth:
    """All that a synthetic council is drawn from."""

    arrivals: ArrivalTruth = ArrivalTruth()
    families: FamilyTruth = FamilyTruth()
    pathways: PathwayTruth = PathwayTruth()
    statutory: StatutoryTruth = StatutoryTruth()
    recording: RecordingTruth = RecordingTruth()
    source_shares: tuple[tuple[ReferralSource, float], ...] = SOURCE_SHARES

    def as_dict(self) -> dict[str, object]:
        """For writing beside the data."""
        return asdict(self)
