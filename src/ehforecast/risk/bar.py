"""The bar a model must clear, fixed before anyone has seen how it does, and judged without mercy afterwards."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ehforecast.errors import RiskError, SettingsError
from ehforecast.risk.cohort import Cohort

MET, NOT_MET, CANNOT_BE_JUDGED = "met", "not met", "cannot be judged"


@dataclass(frozen=True)
class Bar:
    """What a model must do on the test period; a condition that is absent is not asked.

    Attributes:
        name: of the bar.
        skill_above: the lower 95% limit of the Brier skill lies above this.
        slope: between these two lies the calibration slope.
        citl_within: estimates are on average no further off than this, in log odds.
        beats_simple_models: lower log loss than every simple model, by an interval that excludes zero.
        net_benefit: above "all" and "none" over the whole range of `net_benefit_range`.
        net_benefit_range: chances; None: from half the share with an event before the test period to twice that share.
        group_skill_above: Brier skill in every group that can be judged lies above this.
        average_precision: at least this.
        fewest_events: with fewer in the test period nothing can be judged.
    """

    name: str = "own"
    skill_above: float | None = None
    slope: tuple[float, float] | None = None
    citl_within: float | None = None
    beats_simple_models: bool = False
    net_benefit: bool = False
    net_benefit_range: tuple[float, float] | None = None
    group_skill_above: float | None = None
    average_precision: float | None = None
    fewest_events: int = 100

    def __post_init__(self) -> None:
        for name in ("slope", "net_benefit_range"):
            ends = getattr(self, name)
            if ends is not None and not 0 <= ends[0] < ends[1]:
                raise SettingsError(f"bar {self.name}: {name} needs a lower and a higher number")
        if self.net_benefit_range is not None and not self.net_benefit_range[1] < 1:
            raise SettingsError(f"bar {self.name}: net_benefit_range lies between 0 and 1")

    def resolved(self, rate: float) -> "Bar":
        """The bar with its range of chances in numbers, from the share with an event before the test period."""
        if self.net_benefit_range is not None or not self.net_benefit:
            return self
        ends = (round(rate / 2, 4), round(min(2 * rate, (1 + rate) / 2), 4))
        return Bar(**{**asdict(self), "net_benefit_range": ends})


RELATIVE = Bar(
    name="relative",
    skill_above=0.0,
    slope=(0.8, 1.2),
    citl_within=0.2,
    beats_simple_models=True,
    net_benefit=True,
    group_skill_above=0.0,
)
"""The default: asks nothing that hangs on how common the event is."""

WHAT_WORKS_2020 = Bar(name="what_works_2020", average_precision=0.65)
"""What Works for Children's Social Care (2020), Machine learning in children's services: average precision of 0.65.

None of its 32 models met it, and at common shares it asks for an AUROC of 0.8 and more.
"""

PRESETS: Mapping[str, Bar] = {bar.name: bar for bar in (RELATIVE, WHAT_WORKS_2020)}


@dataclass(frozen=True)
class SealedBar:
    """Bars as they stood before the test period was opened, with their hash.

    Attributes:
        bars: all that will be judged, the one that counts first.
        text: canonical JSON of the bars and of what was known when they were sealed.
        sha256: of the text.
        path: where the text was stored, if it was.
    """

    bars: tuple[Bar, ...]
    text: str = field(repr=False)
    sha256: str
    path: Path | None = None

    def check(self) -> None:
        """Raise `RiskError` if the text, the bars or the stored file are not what was sealed."""
        if hashlib.sha256(self.text.encode()).hexdigest() != self.sha256:
            raise RiskError(
                f"the bar was edited after it was sealed: its text no longer has the hash {self.sha256[:12]}"
            )
        if json.loads(self.text)["bars"] != _plain(self.bars):
            raise RiskError("the bar was edited after it was sealed: the bars are not those of the sealed text")
        if self.path is not None and _stored(self.path) != self.text:
            raise RiskError(f"the bar was edited after it was sealed: file {self.path.name} is not what was stored")


def seal_bar(
    bar: Bar, *, rate: float, context: Mapping[str, object] | None = None, path: Path | None = None
) -> SealedBar:
    """Fix a bar, beside both presets, before the test period is opened.

    `rate` is the share with an event before it; `context` whatever else was known. A file that is there already must
    hold the same to the byte: a bar is not lowered by running again.
    """
    presets = [preset for preset in PRESETS.values() if preset.name != bar.name]
    bars = tuple(one.resolved(rate) for one in (bar, *presets))
    sealed_context = {"rate_before_test": round(rate, 3), **(context or {})}
    text = json.dumps({"bars": _plain(bars), "known": sealed_context}, indent=2, sort_keys=True) + "\n"
    if path is not None:
        _store(path, text)
    return SealedBar(bars, text, hashlib.sha256(text.encode()).hexdigest(), path)


def open_test(cohort: Cohort, sealed: SealedBar) -> Cohort:
    """The test period, for which a sealed and unaltered bar is the price."""
    sealed.check()
    return cohort.of("test")


def check_sealed(text: str, *, sha256: str) -> None:
    """Raise `RiskError` unless a bar's kept text has the hash that was kept with the result."""
    if hashlib.sha256(text.encode()).hexdigest() != sha256:
        raise RiskError("the bar was edited after the result was made: its text no longer has the hash in the result")


def _plain(bars: tuple[Bar, ...]) -> list[dict[str, object]]:
    return list(json.loads(json.dumps([asdict(bar) for bar in bars])))


def _store(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
        path.chmod(0o600)
    except FileExistsError:
        if _stored(path) != text:
            raise RiskError(
                f"another bar was sealed before in file {path.name}; a bar is not changed once it stands: "
                "keep it, or start a run of its own"
            ) from None


def _stored(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return ""
