"""The packs of councils, made from their configurations on a small invented council: each part, in every form."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from command_line import ehforecast

PARTS = {
    "wakefield": ("Central", "hub"),
    "westminster": ("Maturity", "re-referral", "Pimlico"),
    "wandsworth": ("equality",),
}
pytestmark = pytest.mark.timeout(600)
NOT_NEEDED = ("flows", "past", "figures", "assessment")


@pytest.fixture(scope="module", params=sorted(PARTS))
def made(request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A council's name and the folder of its reports."""
    name, folder = str(request.param), tmp_path_factory.mktemp("pack")
    text = (root / "configs" / f"{name}.yaml").read_text("utf-8")
    text = re.sub(r"contacts_a_year: \d+", "contacts_a_year: 1500", text)
    sections = re.split(r"(?m)^(?=[a-z_]+:)", text)
    kept = [section for section in sections if section.partition(":")[0] not in NOT_NEEDED]
    (folder / f"{name}.yaml").write_text("".join(kept), "utf-8")
    given = ("--private", folder / "private", "--reports", folder / "reports")
    answer = ehforecast("run", folder / f"{name}.yaml", *given)
    assert answer.code == 0, answer.err
    return name, Path(answer.out.splitlines()[-1].removeprefix("Report: ")).parent


def test_the_pack_tells_what_the_council_asks(made: tuple[str, Path]) -> None:
    name, folder = made
    page = (folder / "pack" / "index.html").read_text("utf-8")
    # Catches a part that a council's board asks for and that is not there.
    assert [words for words in PARTS[name] if words.casefold() not in page.casefold()] == []
    # Catches invented records taken for a council's own.
    assert "(synthetic records)" in page
    assert "never a decision" in page


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
