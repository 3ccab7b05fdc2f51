"""`ehforecast audit`: any table of estimates to a page, and errors that name the place and never a value."""

import re
import stat
from pathlib import Path

import pandas as pd
import pytest
import yaml
from audit_sample import sample_table
from command_line import Answer, content, ehforecast

CANARY = "Zq7Canary"
CONFIG = {
    "title": "For whom are estimates worse?",
    "purpose": "service audit",
    "audit": {
        "reader": "ethics panel",
        "source": "Drawn. No licence needed.",
        "estimate": "estimate",
        "outcome": "outcome",
        "family": "family",
        "period": "period",
        "band_edges": [0.3],
        "groups": [
            {"name": "group", "characteristic": "race", "reference": "a"},
            {"name": "sex", "characteristic": "sex", "names": {"female": "woman"}},
        ],
        "no_population_because": "drawn people live nowhere",
        "draws": 100,
        "permutations": 100,
    },
    "tracking": {"mlflow": False},
}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    sample = sample_table(900).drop(columns="area")
    return sample.assign(family=[f"{CANARY}{row // 2}" for row in range(len(sample))])


def audited(table: pd.DataFrame, **changed: object) -> Answer:
    """The command in the test's own folder, with some keys of the section changed."""
    table.to_csv("scores.csv", index=False)
    told = {**CONFIG, "audit": {**CONFIG["audit"], **changed}}  # type: ignore[dict-item]
    Path("asked.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    return ehforecast("audit", "scores.csv", "--config", "asked.yaml")


def test_a_table_becomes_a_page_that_holds_no_record(table: pd.DataFrame) -> None:
    answer = audited(table)
    assert answer.code == 0, answer.err
    page = Path(answer.out.removeprefix("Report: ").strip())
    # Catches a command that says it wrote a page, and did not.
    assert "For whom are estimates worse?" in page.read_text("utf-8")
    files = content(Path("reports"), Path("private"))
    groups = pd.read_csv(page.parent / "groups.csv")["group"]
    # Catches codes on the page where the configuration says what they stand for.
    assert "Sex: woman" in set(groups)
    assert "Sex: female" not in set(groups)
    # Catches an id of a record in a page, a table, a kept result or what is printed.
    assert [name for name, data in files.items() if CANARY.encode() in data] == []
    assert CANARY not in answer.out + answer.err
    # Catches kept results that others on the machine can read.
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in Path("private").rglob("*") if path.is_file())
    listed = ehforecast("runs").out
    # Catches an audit of which the list of runs does not know when it was made, or what was released of it.
    assert re.search(r"made 20.* UTC in \d+ s\n  audit: .*\n  released: audit \(", listed), listed
    again = audited(table)
    # Catches another run id, and so another report, for the same table and settings.
    assert again.out == answer.out


def test_without_outcome_shares_are_told(table: pd.DataFrame) -> None:
    answer = audited(table.drop(columns=["outcome", "period"]), outcome="", period="", family="")
    # Catches an audit that needs outcomes to say anything.
    assert answer.code == 0, answer.err
    assert "nothing about errors was measured" in Path(answer.out.split()[-1]).read_text("utf-8")


def test_a_grouping_that_is_not_there_is_said(table: pd.DataFrame) -> None:
    answer = audited(table.drop(columns="sex"))
    assert answer.code == 0, answer.err
    # Catches a misspelt column that nobody is told of.
    assert "scores.csv has no column 'sex': the report says 'not recorded'" in answer.err
    assert "the table has no such column" in Path(answer.out.split()[-1]).read_text("utf-8")


def test_population_and_features_are_read(table: pd.DataFrame) -> None:
    people = pd.DataFrame([("group", name, 1000) for name in "abcd"], columns=["column", "group", "population"])
    people.to_csv("population.csv", index=False)
    known = table.assign(code=[f"{CANARY}{group}" for group in table["group"]], number=table["estimate"])
    answer = audited(known, population="population.csv", features=["code", "number"], no_population_because="")
    assert answer.code == 0, answer.err
    page = Path(answer.out.split()[-1])
    # Catches a population or columns of the tool that were given and not looked at.
    assert "Code tells Group: a" in page.read_text("utf-8")
    assert (page.parent / "coverage.csv").is_file()
    # Catches a value of a column of the tool told with it.
    assert CANARY not in page.read_text("utf-8")
    people.assign(population="many").to_csv("population.csv", index=False)
    broken = audited(known, population="population.csv", no_population_because="")
    assert broken.code == 4
    assert "population" in broken.err
    people.drop(columns="population").to_csv("population.csv", index=False)
    assert audited(known, population="population.csv").code == 4


FAULTS = {
    "every_value_is_a_number": {"estimate": CANARY},
    "every_estimate_is_a_finite_number": {"estimate": "inf"},
    "outcome_is_0_or_1_or_absent": {"outcome": 7},
    "every_row_has_a_family": {"family": " "},
}


@pytest.mark.parametrize("rule", FAULTS)
def test_a_broken_table_is_named_without_its_values(table: pd.DataFrame, rule: str) -> None:
    column, value = next(iter(FAULTS[rule].items()))
    broken = table.astype({column: "object"})
    broken.loc[[4, 8], column] = value
    answer = audited(broken)
    # Catches an error that does not say where, what and how often, or that tells what stands there.
    assert answer.code == 4
    expected = f"file scores.csv, table estimates, column {column}: rule '{rule}' broken 2 times."
    assert expected in answer.err
    assert CANARY not in answer.err


def test_wrong_columns_are_named(table: pd.DataFrame) -> None:
    answer = audited(table, estimate="risk", features=["gone"])
    # Catches an error after which nobody knows which column is meant.
    assert answer.code == 4
    assert "column gone: rule 'every_column_that_is_named_is_there'" in answer.err
    assert "column risk: rule 'every_column_that_is_named_is_there'" in answer.err
    none = audited(table.drop(columns=["group", "sex"]))
    # Catches an audit of nobody in particular.
    assert "column group, sex: rule 'at_least_one_grouping_is_there'" in none.err


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("estimate,estimate\n1,2\n", "each_column_has_a_name_of_its_own"),
        ("estimate,outcome\n1\n1,0\n", "every_row_has_as_many_fields_as_the_header"),
        ("estimate,outcome\n\n", "there_is_at_least_one_row"),
        ("", "the_file_is_not_empty"),
    ],
)
def test_what_is_no_table_is_refused(text: str, rule: str) -> None:
    Path("asked.yaml").write_text(yaml.safe_dump(CONFIG), encoding="utf-8")
    Path("other.csv").write_text(text, encoding="utf-8")
    answer = ehforecast("audit", "other.csv", "--config", "asked.yaml")
    # Catches a table read as something it is not.
    assert answer.code == 4
    assert rule in answer.err


def test_what_is_not_there_is_said() -> None:
    Path("asked.yaml").write_text(yaml.safe_dump(CONFIG), encoding="utf-8")
    # Catches a traceback in place of words.
    assert "no file gone.csv" in ehforecast("audit", "gone.csv", "--config", "asked.yaml").err
    answer = ehforecast("audit", "gone.csv", "--config", "gone.yaml")
    assert (answer.code, "configs/audit_example.yaml" in answer.err) == (3, True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"band_edge": [0.3]}, "key 'audit.band_edge' is not known; did you mean 'band_edges'?"),
        ({"groups": [{"name": "outcome", "characteristic": "sex"}]}, "a grouping cannot be named outcome"),
        ({"groups": [{"name": "sex", "characteristic": "hair"}]}, "groups.0.characteristic"),
        ({"smallest_group": 5}, "smallest_group may be raised above 10, not lowered"),
        ({"scenarios": [{"name": "s", "view": "group", "group": "nobody", "unrecorded": 0.2}]}, "no such group"),
        ({"no_population_because": ""}, "say why there is none"),
    ],
)
def test_wrong_settings_are_explained(table: pd.DataFrame, change: dict[str, object], words: str) -> None:
    answer = audited(table, **change)
    # Catches a setting misread, or refused without saying which.
    assert answer.code == 3
    assert words in answer.err


def test_the_example_is_a_configuration_that_works(root: Path) -> None:
    from ehforecast.pipelines.settings import read_audit_settings  # noqa: PLC0415 (heavy)

    settings = read_audit_settings(root / "configs" / "audit_example.yaml")
    # Catches an example nobody can start from.
    assert settings.audit.asked().band_edges == (0.3,)
    assert {"score", "outcome", "family", "quarter", "sex"} <= {*settings.audit.named_columns}
