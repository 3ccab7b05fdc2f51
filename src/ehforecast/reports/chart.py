"""One chart of a page: its drawings for wide and narrow screens, what it is called, and what it says in words."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from ehforecast.reports.drawing import Shape
from ehforecast.reports.svg import inline_svg


@dataclass(frozen=True)
class Drawn:
    """A chart as a page shows it: markup alone, so that it can be made in another process."""

    caption: str
    drawings: list[str]


@dataclass(frozen=True)
class Chart:
    """One chart, drawn for wide and for narrow screens."""

    name: str
    caption: str
    alt_text: str
    figures: list[tuple[Shape, Figure]]

    @property
    def drawings(self) -> list[str]:
        """The markup of each drawing; the page's style shows one of them."""
        return [
            inline_svg(
                figure, name=f"{self.name}-{shape.name}", alt_text=self.alt_text, css_class=f"chart-{shape.name}"
            )
            for shape, figure in self.figures
        ]

    def drawn(self) -> Drawn:
        """The chart as markup."""
        return Drawn(self.caption, self.drawings)
