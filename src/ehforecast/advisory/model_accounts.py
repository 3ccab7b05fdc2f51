"""Each model of the tool in the words of the transparency record: the demand forecaster, the risk model."""

from ehforecast.advisory.model_card import ModelCard
from ehforecast.advisory.reading import area_rows, find_past_performance, label_of
from ehforecast.advisory.risk_advice import protected_words
from ehforecast.advisory.transparency import ModelAccount
from ehforecast.demand.results import SEASONAL_NAIVE, DemandResult
from ehforecast.risk.results import MODEL


def demand_account(result: DemandResult, *, run_id: str) -> ModelAccount:
    """What is said of the forecaster of counts; shares only, no count."""
    labels = label_of(result)
    methods = sorted({labels.get(area.forecaster, "") for area in area_rows(result) if area.forecaster})
    tried = ", ".join(sorted(labels.values()))
    measure = result.measure.replace("_", " ")
    return ModelAccount(
        name=f"Forecast of {measure}",
        version=f"run {run_id}, data until {result.data_until}",
        task=f"How many {measure} there will be in each of the {result.horizon} periods ahead, with ranges.",
        takes=f"Counts of past {measure} by area and period; the calendar. Nothing about a person.",
        gives="For each area and period a middle and ranges of 50, 80 and 95 per cent.",
        architecture=f"Chosen on earlier dates out of: {tried}. Published: {', '.join(methods) or 'none'}.",
        performance=_past(result),
        datasets=f"The series up to {result.data_until}: earlier dates to choose a method, later ones to judge it.",
    )


def _past(result: DemandResult) -> str:
    """How well the published method of each area did; of one that was not scored, that it was not."""
    told = [_of_area(result, area.name, code=area.code, method=area.forecaster) for area in area_rows(result)]
    said = " ".join(told[:_MOST_AREAS])
    more = f" {len(told) - _MOST_AREAS} more areas are in the forecast report." if len(told) > _MOST_AREAS else ""
    return f"{said}{more} Evaluation for bias: low or high forecasts by area stand in the forecast report."


_MOST_AREAS = 6


def _of_area(result: DemandResult, name: str, *, code: str, method: str) -> str:
    found = find_past_performance(result, code, forecaster=method) if method else None
    if found is None:
        return f"{name}: past accuracy is not known."
    naive = find_past_performance(result, code, forecaster=SEASONAL_NAIVE)
    beside = f"; the same period last year {naive.wape:.0%}" if naive else ""
    return (
        f"{name}: average miss {found.wape:.0%} of the average count{beside}; the 80% range held in "
        f"{found.coverages[0.8]:.0%} of {found.months} forecasts of months not used to choose."
    )


def risk_account(card: ModelCard) -> ModelAccount:
    """What is said of the model of a later recorded event: its verdict first."""
    result = card.advice.result
    features = int(result.features["is_used"].astype(bool).sum())
    silent = ", ".join(card.not_assessed)
    return ModelAccount(
        name=f"Estimates of {result.outcome} (research)",
        version=f"run {card.advice.run_id}, seed {result.seed}",
        task=f"How likely it is that this is recorded within {result.horizon_days:.0f} days: "
        f"{result.label_card['definition']}",
        takes=f"{features} features of what was on record of a child by one day. {protected_words(result.features)}",
        gives="A chance with a range, for tests of the method only. No estimate of a child leaves the private area.",
        architecture=card.architecture,
        performance=(
            f"Bar fixed beforehand: {result.verdict}. AUROC {_figure(card, 'auroc')}, average precision "
            f"{_figure(card, 'average_precision')}, skill {_figure(card, 'brier_skill')}, calibration slope "
            f"{_figure(card, 'slope')}. Evaluation for bias: see the fairness report; nothing can be said by: "
            f"{silent or 'none'}."
        ),
        datasets="Training, adjustment and test periods of the same records, in that order in time, families apart.",
    )


def _figure(card: ModelCard, metric: str) -> str:
    rows = card.figures
    row = rows[(rows["model"] == MODEL) & (rows["metric"] == metric)].iloc[0]
    return f"{row['value']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})"
