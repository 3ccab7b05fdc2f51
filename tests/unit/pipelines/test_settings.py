"""Configurations: a good one is read whole, a bad one is refused with its file, its key and what to do."""

from pathlib import Path

import pytest
import yaml

from ehforecast.contracts.safe_yaml import LARGEST_FILE
from ehforecast.errors import SettingsError
from ehforecast.pipelines.settings import Settings, read_settings

CONFIGS = Path(__file__).parents[3] / "configs"
SHIPPED = sorted(
    path
    for path in CONFIGS.glob("*.yaml")
    if "\nforecast:" in path.read_text("utf-8") and "\nrecords:" not in path.read_text("utf-8")
)

GOOD = """\
title: Referrals, made-up councils
purpose: research
data:
  layout: dfe_children_in_need
  required: [referrals_by_month]
  source: Synthetic figures.
synthetic: {councils: 6, first_month: 2014-04, years: 8, seed: 1}
areas: [Northmere, Synthetica]
forecast:
  measure: referrals
  horizon_months: 12
  forecasters: [seasonal_naive, pooled_smoothing]
"""


@pytest.fixture
def refusal(tmp_path: Path) -> "Refusal":
    return Refusal(tmp_path / "northmere.yaml")


class Refusal:
    """Why a configuration with this content is refused."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, content: str | bytes) -> str:
        self.path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(SettingsError) as caught:
            read_settings(self.path)
        message = str(caught.value)
        # Catches a refusal that does not say which file, or that would leave with another family's code.
        assert all(line.startswith("northmere.yaml") for line in message.splitlines())
        assert caught.value.exit_code == 3
        return message


def test_a_good_configuration_is_read(tmp_path: Path) -> None:
    (tmp_path / "northmere.yaml").write_text(GOOD, "utf-8")
    settings = read_settings(tmp_path / "northmere.yaml")
    # Catches a value that YAML would guess at: the month stays text, the numbers become numbers.
    assert settings.synthetic is not None
    assert (settings.synthetic.first_month, settings.synthetic.years) == ("2014-04", 8)
    assert settings.forecast.horizon_months == 12
    assert settings.areas == ("Northmere", "Synthetica")
    # Catches a configuration without the name of its file: its store and runs are kept under it.
    assert settings.name == "northmere"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_configurations_that_come_with_the_package_are_read(path: Path) -> None:
    settings = read_settings(path)
    # Catches a shipped example that no longer fits the code.
    assert settings.name == path.stem
    assert settings.forecast.horizon_months == 12


def test_the_examples_named_in_the_documents_are_shipped() -> None:
    # Catches a folder of examples that is empty, so that the test above asks nothing.
    assert {"five_councils", "synthetic"} <= {path.stem for path in SHIPPED}


def test_all_areas_can_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(GOOD.replace("[Northmere, Synthetica]", "all"), "utf-8")
    # Catches the word taken for the name of a council.
    assert read_settings(tmp_path / "all.yaml").areas == "all"


def test_settings_cannot_be_changed_after_reading(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD, "utf-8")
    # Catches a run that records other settings than it used.
    with pytest.raises(ValueError, match="frozen"):
        read_settings(tmp_path / "a.yaml").title = "x"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["nowhere.yaml", "folder"])
def test_a_file_that_is_not_there_is_refused_with_advice(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    # Catches a traceback for a mistyped path, and for a folder given in place of a file.
    with pytest.raises(SettingsError, match=rf"no configuration file .*{name}; examples are in configs/"):
        read_settings(tmp_path / name)


def test_a_huge_file_is_refused_before_it_is_read(refusal: Refusal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: pytest.fail("it was read"))
    # Catches a file of any size taken into memory.
    assert "larger than 1,000,000 bytes" in refusal(GOOD + "#" * LARGEST_FILE)


def test_bytes_that_are_no_text_are_refused(refusal: Refusal) -> None:
    # Catches a decoding error shown as a traceback.
    assert "not text in UTF-8; save it as UTF-8" in refusal(GOOD.encode("utf-16"))
    assert "not text in UTF-8" in refusal(GOOD.replace("Synthetic figures", "Caf\xe9").encode("latin-1"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("title: [a", "not valid YAML"),
        ("title: a\n\tpurpose: b\n", "line 2"),
        ("a: b\n---\na: c\n", "another document"),
        ("a: \x00\n", "not valid YAML"),
        ("? [a]\n: b\n", "unhashable key"),
        (GOOD + "title: again\n", "key 'title' is there twice"),
        (GOOD.replace("years: 8", "years: 8, years: 9"), "key 'years' is there twice"),
        ("a: &x [1]\nb: *x\n", "aliases (*name) are not read"),
        (GOOD + "x: !!python/object/apply:os.system [echo]\n", "tags (!name) are not read"),
        (GOOD + "x: !!python/name:os.system\n", "tags (!name) are not read"),
        (GOOD + "x: !!timestamp x\n", "tags (!name) are not read"),
        (GOOD.replace("title: ", "title: !!str "), "tags (!name) are not read"),
        ("a: " + "[" * 2_000, "nested too deeply"),
    ],
    ids=lambda text: text[-25:].strip(),
)
def test_what_is_not_plain_yaml_is_refused(refusal: Refusal, content: str, said: str) -> None:
    # Catches a document that could run code, fill the memory, or mean two things; and a traceback for any of them.
    assert said in refusal(content)


def test_a_tag_runs_nothing(refusal: Refusal, tmp_path: Path) -> None:
    refusal(
        GOOD + f"x: !!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path [{tmp_path}/ran]]\n"
    )
    # Catches a loader that builds what a file asks for before refusing it.
    assert not (tmp_path / "ran").exists()


def test_an_alias_bomb_is_refused_at_its_first_alias(refusal: Refusal) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    # Catches a page of text that unfolds to 9 to the power of 30 values.
    assert "(line 2)" in refusal("\n".join(lines))


@pytest.mark.parametrize("content", ["", "# nothing\n", "- a\n- b\n", "only words\n", "2014-99-99\n"])
def test_a_file_without_keys_is_refused(refusal: Refusal, content: str) -> None:
    # Catches an empty or foreign file taken for a configuration of defaults.
    assert "must hold keys and values" in refusal(content)


@pytest.mark.parametrize("key", ["title", "purpose", "data", "areas", "forecast"])
def test_a_missing_key_is_named(refusal: Refusal, key: str) -> None:
    content = {name: value for name, value in yaml.safe_load(GOOD).items() if name != key}
    # Catches a default where a council must say what it wants.
    assert refusal(yaml.safe_dump(content)) == f"northmere.yaml: key '{key}': field required"


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("horizon_months", "horizon_month", "'forecast.horizon_month' is not known; did you mean 'horizon_months'?"),
        ("purpose:", "porpose:", "key 'porpose' is not known; did you mean 'purpose'?"),
        ("areas:", "1: 2\nareas:", "key '1' is not known"),
        ("areas:", "zebra: 2\nareas:", "key 'zebra' is not known"),
        ("horizon_months: 12", "horizon_months: 0", "key 'forecast.horizon_months': input should be greater than"),
        ("horizon_months: 12", "horizon_months: 25", "key 'forecast.horizon_months': input should be less than"),
        ("horizon_months: 12", "horizon_months: twelve", "horizon_months': input should be a valid integer"),
        ("horizon_months: 12", "horizon_months: 12.5", "horizon_months': input should be a valid integer"),
        ("horizon_months: 12", "horizon_months: yes", "horizon_months': input should be a valid integer"),
        ("horizon_months: 12", f"horizon_months: {'9' * 5000}", "key 'forecast.horizon_months'"),
        ("[seasonal_naive, pooled_smoothing]", "[]", "key 'forecast.forecasters': list should have at least 1 item"),
        ("[Northmere, Synthetica]", "[]", "key 'areas': list should have at least 1 item"),
        ("[Northmere, Synthetica]", "Northmere", "key 'areas': input should be a valid list"),
        ("measure: referrals", "measure: contacts", "key 'forecast.measure': input should be 'referrals'"),
        ("purpose: research", "purpose: screening", "input should be 'planning', 'research' or 'service audit'"),
        ("councils: 6", "councils: 1", "key 'synthetic.councils': input should be greater than or equal to 2"),
        ("first_month: 2014-04", "first_month: 2014-05", "key 'synthetic.first_month'"),
        ("first_month: 2014-04", "first_month: 1066-04", "key 'synthetic.first_month'"),
        ("first_month: 2014-04", "first_month: 2014-99-99", "key 'synthetic.first_month'"),
        ("seed: 1", "seed: -1", "key 'synthetic.seed': input should be greater than or equal to 0"),
        ("title:", "name: ../elsewhere\ntitle:", "key 'name'"),
        ("title:", "name: /etc\ntitle:", "key 'name'"),
        ("title:", "name: ''\ntitle:", "key 'name'"),
        ("title:", "name: ..\ntitle:", "key 'name'"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_by_key(refusal: Refusal, right: str, wrong: str, said: str) -> None:
    assert right in GOOD
    # Catches a wrong value that is passed on, changed, or refused without saying where it stands.
    assert said in refusal(GOOD.replace(right, wrong))


def test_everything_wrong_is_said_at_once(refusal: Refusal) -> None:
    bad = GOOD.replace("horizon_months: 12", "horizon_months: 0").replace("purpose: research", "purpose: sorting")
    # Catches a user sent round once per mistake.
    assert len(refusal(bad).splitlines()) == 2


def test_messages_do_not_speak_of_python(refusal: Refusal) -> None:
    bad = GOOD.replace("[Northmere, Synthetica]", "{a: 1}").replace("[seasonal_naive, pooled_smoothing]", "{}")
    # Catches words of the library that checks: users write lists, and know no tuples or literals.
    assert not {"tuple", "literal", "function", "str,"} & set(refusal(bad).lower().replace("[", " ").split())


def test_settings_survive_the_way_into_a_record(root: Path) -> None:
    settings = read_settings(root / "configs" / "five_councils.yaml")
    # Catches a value that the run record would keep in another form.
    assert Settings.model_validate(settings.model_dump(mode="json")) == settings
