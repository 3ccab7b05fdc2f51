"""How well estimates did, and how sure that is: every figure with a 95% interval over resampled families."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.errors import SettingsError
from ehforecast.risk.bootstrap import interval, replicated
from ehforecast.risk.scores import CALIBRATION_BINS, METRICS, Scores

Matrix = npt.NDArray[np.float64]

Figures = Callable[[Matrix], dict[str, Matrix]]
NAMED = ["name", "value", "lower", "upper"]

COMPARED = ("auroc", "average_precision", "brier", "logloss")
SMALLEST_GROUP = 30
"""A group with fewer rows is listed without figures."""

FEWEST_OF_EITHER = 100
"""A group is judged only with at least so many events and as many without one."""


OF_EITHER_IN_A_BIN = 30
"""A calibration curve of smaller bins shows chance, and how many had the event."""


@dataclass(frozen=True)
class PerformanceSettings:
    """Attributes:
    replicates: resamplings of families behind each interval.
    group_replicates: the same for figures by group and by period.
    capacities: shares of families for whom precision and recall are stated.
    thresholds: chances at which net benefit is worked out.
    learning_shares: shares of the training families the learning curve is drawn from; none for no curve.
    seed: of the resampling.
    """

    replicates: int = 500
    group_replicates: int = 200
    capacities: tuple[float, ...] = (0.05, 0.1, 0.2)
    thresholds: tuple[float, ...] = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
    learning_shares: tuple[float, ...] = (0.125, 0.25, 0.5, 1.0)
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("capacities", "thresholds"):
            if not all(0.0 < value < 1.0 for value in getattr(self, name)):
                raise SettingsError(f"{name} are shares between 0 and 1, both excluded")
        if min(self.replicates, self.group_replicates) < 20:
            raise SettingsError("an interval needs at least 20 replicates")


@dataclass(frozen=True)
class Judged:
    """Estimates of several models for the same rows, with what came.

    Attributes:
        estimates: by model; every row has one from every model.
        known: ``outcome, weight, group_id`` on one index; weight counts a known outcome for the unknown ones like it.
        settings: of the resampling.
    """

    estimates: Mapping[str, Matrix] = field(repr=False)
    known: pd.DataFrame = field(repr=False)
    settings: PerformanceSettings = field(default_factory=PerformanceSettings)

    @property
    def events(self) -> int:
        """Rows with an event."""
        return int(self._outcome.sum())

    def take(self, mask: npt.NDArray[np.bool_]) -> "Judged":
        """The rows where the mask is true."""
        estimates = {name: values[mask] for name, values in self.estimates.items()}
        return Judged(estimates, self.known[mask], self.settings)

    def performance(self) -> pd.DataFrame:
        """``model, metric, value, lower, upper`` for each of `METRICS`."""
        values, spread = self._all
        rows = [(name, float(value[0]), *interval(spread[name])) for name, value in values.items()]
        return _split_names(pd.DataFrame(rows, columns=NAMED), ("model", "metric"))

    def differences(self, model: str) -> pd.DataFrame:
        """``model, than, metric, value, lower, upper``: a model's figure less each other's, on the same resamplings."""
        values, spread = self._all
        rows = []
        for other in (name for name in self.estimates if name != model):
            for metric in COMPARED:
                own, theirs = f"{model}|{metric}", f"{other}|{metric}"
                ends = interval(spread[own] - spread[theirs])
                rows.append((f"{model}|{other}|{metric}", float(values[own][0] - values[theirs][0]), *ends))
        return _split_names(pd.DataFrame(rows, columns=NAMED), ("model", "than", "metric"))

    def net_benefit_curve(self, thresholds: Sequence[float] | None = None) -> pd.DataFrame:
        """``model, threshold, value, lower, upper``: net benefit; "all" is a model too, "none" is always 0."""
        chosen = self.settings.thresholds if thresholds is None else thresholds

        def figures(weights: Matrix) -> dict[str, Matrix]:
            benefits = {name: scores.net_benefit(weights, chosen) for name, scores in self._scores.items()}
            treated_all = next(iter(benefits.values()))[1]
            return _by_column({name: pair[0] for name, pair in benefits.items()} | {"all": treated_all}, chosen)

        return _with_number(self._intervals(figures), "threshold")

    def margins(self, model: str, thresholds: Sequence[float]) -> pd.DataFrame:
        """``than, threshold, value, lower, upper``: net benefit of a model less that of "all" and that of "none"."""

        def figures(weights: Matrix) -> dict[str, Matrix]:
            own, treated_all = self._scores[model].net_benefit(weights, thresholds)
            return _by_column({"all": own - treated_all, "none": own}, thresholds)

        frame = _with_number(self._intervals(figures), "threshold")
        return frame.rename(columns={"model": "than"})

    def at_capacities(self) -> pd.DataFrame:
        """``model, capacity, metric, value, lower, upper``: precision and recall among the highest estimates."""
        shares = self.settings.capacities

        def figures(weights: Matrix) -> dict[str, Matrix]:
            found: dict[str, Matrix] = {}
            for name, scores in self._scores.items():
                precision, recall = scores.at_capacities(weights, shares)
                found |= _by_column({f"{name}|precision": precision, f"{name}|recall": recall}, shares)
            return found

        frame = self._intervals(figures)
        return _split_names(frame, ("model", "metric", "capacity")).astype({"capacity": "float64"})

    def calibration_curve(self) -> pd.DataFrame:
        """``model, bin, mean_estimate, rows, value, lower, upper``: the share with an event in equal parts.

        Ten of them, or as many fewer as it takes for 30 with the event and 30 without in each, were they spread evenly.
        """
        fewest = min(self.events, len(self.known) - self.events)
        bins = int(np.clip(fewest // OF_EITHER_IN_A_BIN, 2, CALIBRATION_BINS))

        def figures(weights: Matrix) -> dict[str, Matrix]:
            found: dict[str, Matrix] = {}
            for name, scores in self._scores.items():
                if np.ptp(scores.estimate) == 0:
                    continue  # one estimate for all makes no curve
                estimate, observed, mass = scores.curve(weights, bins=bins)
                parts = {f"{name}|observed": observed, f"{name}|estimate": estimate, f"{name}|mass": mass}
                found |= _by_column(parts, range(1, observed.shape[1] + 1))
            return found

        long = _split_names(self._intervals(figures), ("model", "figure", "bin")).astype({"bin": "int64"})
        wide = long.pivot(index=["model", "bin"], columns="figure", values="value")
        observed = long[long["figure"] == "observed"].set_index(["model", "bin"])[["value", "lower", "upper"]]
        named = wide.rename(columns={"estimate": "mean_estimate", "mass": "rows"})[["mean_estimate", "rows"]]
        return named.join(observed).reset_index()

    def by_group(self, model: str, groups: pd.DataFrame) -> pd.DataFrame:
        """``characteristic, group, rows, events, metric, value, lower, upper, can_be_judged``, one model, every metric.

        An absent value is a group of its own, "not recorded"; where all are in one group there is nothing to compare.
        Groups of fewer than 30 rows are listed without figures.
        """
        parts = []
        for name in groups.columns:
            labels = groups[name].astype("object").where(groups[name].notna(), "not recorded").astype("str")
            found = sorted(set(labels))
            if len(found) > 1:
                parts += [self._one_group(model, labels == label, names=(str(name), label)) for label in found]
        columns = ["characteristic", "group", "rows", "events", "metric", "value", "lower", "upper", "can_be_judged"]
        return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)

    def _one_group(self, model: str, inside: pd.Series, *, names: tuple[str, str]) -> pd.DataFrame:
        part = self.take(inside.to_numpy())
        rows, events = len(part.known), part.events
        if rows < SMALLEST_GROUP:
            frame = pd.DataFrame({"metric": METRICS, "value": np.nan, "lower": np.nan, "upper": np.nan})
        else:
            settings = replace(self.settings, replicates=self.settings.group_replicates)
            frame = Judged({model: part.estimates[model]}, part.known, settings).performance().drop(columns="model")
        can = min(events, rows - events) >= FEWEST_OF_EITHER
        return frame.assign(characteristic=names[0], group=names[1], rows=rows, events=events, can_be_judged=can)

    @cached_property
    def _all(self) -> tuple[dict[str, Matrix], dict[str, Matrix]]:
        """Every figure of every model: of the rows as they are, and of each resampling."""

        def figures(weights: Matrix) -> dict[str, Matrix]:
            return {
                f"{name}|{metric}": values
                for name, scores in self._scores.items()
                for metric, values in scores.all(weights).items()
            }

        return self._resampled(figures)

    def _intervals(self, figures: Figures) -> pd.DataFrame:
        """``name, value, lower, upper``, where the value is that of the rows as they are."""
        values, spread = self._resampled(figures)
        rows = [(name, float(value[0]), *interval(spread[name])) for name, value in values.items()]
        return pd.DataFrame(rows, columns=NAMED)

    def _resampled(self, figures: Figures) -> tuple[dict[str, Matrix], dict[str, Matrix]]:
        base = self.known["weight"].to_numpy(dtype="float64")
        of_rows = figures(base[None, :])  # first: what all replicates share is then worked out once, before they part
        spread = replicated(
            lambda weights: figures(weights * base),
            self.known["group_id"].to_numpy(),
            replicates=self.settings.replicates,
            seed=self.settings.seed,
        )
        return of_rows, spread

    @cached_property
    def _outcome(self) -> Matrix:
        return self.known["outcome"].to_numpy(dtype="float64")

    @cached_property
    def _scores(self) -> dict[str, Scores]:
        return {name: Scores(estimate, self._outcome) for name, estimate in self.estimates.items()}


def _by_column(parts: Mapping[str, Matrix], labels: Sequence[float]) -> dict[str, Matrix]:
    return {
        f"{name}|{label}": np.broadcast_to(values, (len(values), len(labels)))[:, place]
        for name, values in parts.items()
        for place, label in enumerate(labels)
    }


def _split_names(figures: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    parts = figures["name"].str.split("|", expand=True).set_axis(list(names), axis=1)
    return pd.concat([parts, figures[["value", "lower", "upper"]]], axis=1)


def _with_number(figures: pd.DataFrame, name: str) -> pd.DataFrame:
    return _split_names(figures, ("model", name)).astype({name: "float64"})
