"""The five councils' whole runs, from their shipped configurations; how a pack is made is tested in `test_pack`.

In CI one council, at a smallest size. All five as they are shipped, with published figures where there are any, in the
long version: `make accept-councils`.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from command_line import ehforecast

COUNCILS = {
    "wakefield": ("Central & North West", "Themes of the whole council", "The last 12 months"),
    "westminster": ("Maturity matrix", "Figures that disagree", "South"),
    "wandsworth": ("Impact circle 3: equality and diversity", "Keeping in touch", "What came after: THRIVE In Touch"),
    "lewisham": ("Dashboard", "From where to where", "Groups that are watched"),
    "walsall": ("Scorecard", "Reviews of open cases", "Panels"),
}
IN_CI = "wakefield"
LONG_STEPS = ("past", "figures")
pytestmark = [pytest.mark.timeout(900), pytest.mark.acceptance("councils")]


@pytest.fixture(scope="module", params=COUNCILS)
def made(
    request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:  # fmt: skip
    """A council's name and the folder of its reports."""
    name, folder = str(request.param), tmp_path_factory.mktemp("council")
    is_long = bool(request.config.getoption("--acceptance"))
    if not is_long and name != IN_CI:
        pytest.skip("the long version alone: `make accept-councils`")
    text = (root / "configs" / f"{name}.yaml").read_text("utf-8")
    (folder / f"{name}.yaml").write_text(text if is_long else small(text), "utf-8")
    given = ["--private", folder / "private", "--reports", folder / "reports"]
    if is_long:
        given += ["--data", request.getfixturevalue("real_data") / "dfe"]
    answer = ehforecast("run", folder / f"{name}.yaml", *given)
    assert answer.code == 0, answer.err
    return name, Path(answer.out.splitlines()[-1].removeprefix("Report: ")).parent


def small(text: str) -> str:
    """The same council with fewer families, and without the steps that need published figures."""
    fewer = re.sub(r"contacts_a_year: \d+", "contacts_a_year: 1200", text)
    sections = re.split(r"(?m)^(?=[a-z_]+:)", fewer)
    return "".join(section for section in sections if section.partition(":")[0] not in LONG_STEPS)


def test_the_pack_tells_what_the_council_asks(made: tuple[str, Path], record_figure: Callable[..., None]) -> None:
    name, folder = made
    page = (folder / "pack" / "index.html").read_text("utf-8").replace("&amp;", "&")
    # Catches a part that a council's board asks for and that is not there, or is not told.
    assert [words for words in COUNCILS[name] if words not in page] == []
    assert "give the configuration a section" not in page
    # Catches invented records taken for a council's own.
    assert "(synthetic records)" in page
    assert "never a decision" in page
    pages = len(list(folder.glob("*/index.html")))
    record_figure(f"{name}: reports of the run", pages, "with pack and plan")


def test_every_number_of_the_pack_has_a_table(made: tuple[str, Path]) -> None:
    folder = made[1] / "pack"
    metadata = json.loads((folder / "metadata.json").read_text("utf-8"))
    # Catches a table of the page without its file, or one whose columns nobody explains.
    assert metadata["tables"]
    for name, told in metadata["tables"].items():
        frame = pd.read_csv(folder / f"{name}.csv", dtype="str", keep_default_na=False)
        assert set(frame) <= set(told["columns"])
        assert all(meaning.strip() for meaning in told["columns"].values())


def test_the_plan_rests_on_what_was_counted(made: tuple[str, Path]) -> None:
    folder = made[1] / "plan"
    told = "".join(path.read_text("utf-8") for path in folder.glob("assumptions*.csv"))
    # Catches a plan of records that assumes what the records tell.
    assert "ounted" in told


def test_hubs_have_a_pack_of_their_own(made: tuple[str, Path]) -> None:
    name, folder = made
    hubs = sorted(path.name for path in folder.glob("pack_*"))
    # Catches hubs without the page for their conversation, or pages for councils that did not ask.
    assert (len(hubs) >= 4) == (name == "wakefield")
    # Row 9. Catches hubs that meet about nothing.
    assert all([*path.glob("themes_*.csv")] for path in folder.glob("pack_*"))
