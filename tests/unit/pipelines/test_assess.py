"""`ehforecast assess`: from a synthetic council's files to a verdict, kept and published."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

import pandas as pd
import pytest
from command_line import Answer, content, ehforecast

from ehforecast import open_store
from ehforecast.pipelines.whole_run import STEPS
from ehforecast.risk.bundle import open_bundle
from ehforecast.risk.results import RiskResult
from ehforecast.store import Store
from ehforecast.tracking.folder_log import FACTS, FolderLog

CONFIG = """
title: Records of a small synthetic council
purpose: research
records: {layout: ssd, pseudonyms: already_made}
synthetic: {seed: 7, first_month: 2018-04, years: 6, contacts_a_year: 6000}
assessment:
  questions: [escalation_after_early_help]
  reader: head of research
  trials: 1
  leave_out: [days_to_record]
  accepted_features: {need_level: It is written on the first day.}
fairness: {draws: 100, permutations: 100}
transparency: {organisation_name: Invented Council, phase: Pre-deployment}
tracking: {mlflow: false}
"""

STEP = "risk_escalation_after_early_help"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assess")
    (folder / "small.yaml").write_text(CONFIG)
    answer = ehforecast("ingest", folder / "small.yaml", "--private", folder / "private")
    assert answer.code == 0, answer.err
    return folder


def assess(folder: Path, config: str = "small.yaml") -> Answer:
    return ehforecast("assess", folder / config, "--private", folder / "private", "--reports", folder / "reports")


@pytest.fixture(scope="module")
def answer(folder: Path) -> Answer:
    answer = assess(folder)
    assert answer.code == 0, answer.err
    return answer


@pytest.fixture(scope="module")
def run_folder(folder: Path, answer: Answer) -> Path:
    assert answer.code == 0
    log = FolderLog(folder / "private" / "small" / "runs")
    return log.folder / log.latest() / STEP


def test_it_prints_the_report_and_tells_progress(answer: Answer) -> None:
    lines = answer.out.splitlines()
    # Catches a report that is not where the line says, and an estimate printed on the way.
    assert all(line.startswith("Report: ") for line in lines)
    pages = [Path(line.removeprefix("Report: ")) for line in lines]
    assert all(page.is_file() for page in pages)
    # Catches a verdict without its reasons, or without whom the estimates are worse for.
    assert {page.parent.name.partition("_")[0] for page in pages} >= {"risk", "explanations", "fairness"}
    assert "the bar is" in answer.err


def test_the_papers_say_what_people_supplied_and_what_they_did_not(folder: Path, run_folder: Path) -> None:
    papers = folder / "reports" / run_folder.parent.name
    record = json.loads((papers / "transparency_record" / "transparency_record.json").read_text())
    # Catches an answer lost between configuration and record, and a draft called final.
    assert (record["organisation_name"], record["status"]) == ("Invented Council", "Draft")
    assert [model["model_name"] for model in record["models_described"]] == [
        "Estimates of escalation after early help (research)"
    ]
    # Catches a card of another run, and a datasheet of other tables.
    card = json.loads((papers / "model_card_escalation_after_early_help" / "model_card.json").read_text())
    assert card["model_details"]["version"]["name"] == run_folder.parent.name
    assert "Early help episodes" in (papers / "datasheet" / "tables_received.csv").read_text()


def test_nobody_is_in_what_is_published(folder: Path, run_folder: Path) -> None:
    people = set(Store(folder / "private" / "small" / "store").table("people")["person_id"].astype(str))
    reports = folder / "reports" / run_folder.parent.name
    published = b"".join(path.read_bytes() for path in reports.rglob("*") if path.is_file())
    # Catches a pseudonym in any page, table or JSON; workbooks are compressed, and hold what the tables hold.
    assert people & {word.decode() for word in re.findall(rb"\w+", published)} == set()
    # Catches a reading of nothing, and pseudonyms of a kind that this reading would take apart.
    assert len(published) > 100_000
    assert all(re.fullmatch(r"\w+", person) for person in people)


def test_a_run_that_takes_an_assessment_over_takes_all_it_kept(run_folder: Path) -> None:
    (patterns,) = (step.keeps for step in STEPS if step.section == "assessment")
    kept = {path.parent.name for path in run_folder.parent.glob(f"*/{FACTS}")}
    # Catches a part of an assessment that papers and purges of a later run do not find.
    assert len(kept) >= 5
    assert [name for name in kept if not any(fnmatch(name, pattern) for pattern in patterns)] == []


def test_result_bar_and_model_are_kept_whole(run_folder: Path) -> None:
    facts, frames = FolderLog(run_folder.parent.parent).load(run_folder.parent.name, STEP)
    result = RiskResult.from_parts(facts, frames)
    # Catches a bar that was sealed after the fact, or not at all.
    assert (run_folder / "bar.json").read_text() == result.bar_text
    bundle = {path.name: path.read_bytes() for path in (run_folder / "model").iterdir()}
    # Catches a model that cannot be opened again.
    assert open_bundle(bundle).classifier.encoder_.names
    # Catches files that others on the machine may read.
    assert [path for path in run_folder.rglob("*") if path.stat().st_mode & 0o077] == []


def test_the_bar_cannot_be_lowered_by_running_again(folder: Path, run_folder: Path) -> None:
    sealed = (run_folder / "bar.json").read_text()
    (run_folder / "bar.json").write_text(sealed.replace('"slope": [', '"slope":  ['))
    try:
        again = assess(folder)
        # Catches a bar edited between two runs.
        assert again.code == 8
        assert "another bar was sealed before" in again.err
    finally:
        (run_folder / "bar.json").write_text(sealed)


def elsewhere(threads: int, locale: str, *, zone: str, engine: str = "local") -> tuple[dict[str, str], str]:
    """Surroundings of a process that must not show in what it leaves."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
    return {**dict.fromkeys(names, str(threads)), "LC_ALL": locale, "TZ": zone, "PYTHONHASHSEED": "7"}, engine


MAIN = "from ehforecast.cli import main; main()"
SURROUNDINGS = (
    elsewhere(4, "C", zone="Pacific/Kiritimati"),
    elsewhere(1, "C.UTF-8", zone="UTC", engine="processes:4"),
    elsewhere(2, "tr_TR.UTF-8", zone="America/St_Johns", engine="processes:2"),
)


@pytest.mark.acceptance("trust")
@pytest.mark.timeout(1_200)
def test_threads_processes_folder_locale_and_zone_do_not_show(
    folder: Path,
    run_folder: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    record_figure: Callable[..., None],
) -> None:
    here = kept(folder)
    tried = SURROUNDINGS if request.config.getoption("--acceptance") else SURROUNDINGS[:1]
    for number, (surroundings, engine) in enumerate(tried):
        place = tmp_path / "far away" / str(number)
        shutil.copytree(folder / "private" / "small" / "store", place / "private" / "small" / "store")
        (place / "small.yaml").write_text(CONFIG)
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from ehforecast.cli import main; main()",
                "assess",
                "small.yaml",
                "--engine",
                engine,
            ],
            cwd=place,
            env={**os.environ, **surroundings, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        # Catches a sum, a sort or a word that hangs on how many threads, which machine, language or clock made it.
        assert kept(place) == here, surroundings
    # Catches a comparison of nothing.
    assert f"runs/{run_folder.parent.name}/{STEP}/model/model.txt" in here
    record_figure("surroundings in which an assessment was made again", len(tried), "the same to the byte")
    record_figure("bytes compared", sum(map(len, here.values())) * len(tried))


def kept(folder: Path) -> dict[str, bytes]:
    """All that is kept and published but declared time fields."""
    found = content(folder / "private" / "small" / "runs", folder / "private" / "small" / "ledger", folder / "reports")
    return {name: data for name, data in found.items() if Path(name).name not in {"made.json", ".lock"}}


def test_the_report_tells_what_the_record_holds(folder: Path, run_folder: Path) -> None:
    metadata = json.loads((folder / "reports" / run_folder.parent.name / STEP / "metadata.json").read_text())
    record = json.loads((run_folder.parent / "record.json").read_text())
    # Catches a report of another run.
    assert metadata["run_id"] == run_folder.parent.name
    assert record["settings"]["assessment"]["questions"] == ["escalation_after_early_help"]


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        (
            "[escalation_after_early_help]",
            "[harm]",
            3,
            "key 'assessment.questions': no harm; there are escalation_after_early_help",
        ),
        ("assessment:", "records_of:", 3, "key 'records_of' is not known"),
        ("  reader: head of research\n", "", 3, "key 'assessment.reader'"),
        ("first_month: 2018-04, years: 6", "first_month: 2021-04, years: 3", 3, "the period to train is empty"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_key(
    tmp_path: Path, old: str, new: str, code: int, words: str
) -> None:
    (tmp_path / "other.yaml").write_text(
        CONFIG.replace(old, new).replace("contacts_a_year: 6000", "contacts_a_year: 600")
    )
    ehforecast("ingest", tmp_path / "other.yaml", "--private", tmp_path / "private")
    refused = assess(tmp_path, "other.yaml")
    # Catches a question nobody defined, or a window longer than the records, answered all the same.
    assert (refused.code, words in refused.err) == (code, True), refused.err


def test_a_configuration_without_questions_or_records_says_so(folder: Path, root: Path) -> None:
    (folder / "silent.yaml").write_text(CONFIG.partition("assessment:")[0])
    (folder / "private" / "silent").mkdir(exist_ok=True)
    ehforecast("ingest", folder / "silent.yaml", "--private", folder / "private")
    # Catches a crash where there is nothing to ask.
    assert "has no section 'assessment'" in assess(folder, "silent.yaml").err
    wrong = ehforecast("assess", root / "configs" / "five_councils.yaml")
    assert (wrong.code, "this command is for one council's records" in wrong.err) == (3, True)


def test_an_empty_store_says_what_to_do(folder: Path) -> None:
    (folder / "empty.yaml").write_text(CONFIG)
    refused = assess(folder, "empty.yaml")
    # Catches an assessment of nobody.
    assert (refused.code, "run 'ehforecast ingest' first" in refused.err) == (5, True)


def test_the_report_accounts_for_every_ended_episode(folder: Path, run_folder: Path) -> None:
    written = folder / "reports" / run_folder.parent.name / STEP
    left = pd.read_csv(written / "left_out.csv")
    counted = pd.read_csv(written / "counts.csv")
    ended = open_store(folder / "private" / "small").known_by("2024-03-31")["early_help_episodes"]["ended_on"]
    told = pd.to_numeric(left.loc[~left["reason"].str.startswith("Later event"), "count"], errors="coerce")
    # Catches families who are in no count and under no reason; each figure is rounded to 5, and 1 to 7 are hidden.
    missing = ended.notna().sum() - counted["index_events"].sum() - told.sum()
    assert abs(missing) <= 2.5 * (len(told) + len(counted)) + 7 * told.isna().sum()


def test_features_are_left_out_and_accepted_by_configuration(folder: Path, run_folder: Path, tmp_path: Path) -> None:
    facts, frames = FolderLog(run_folder.parent.parent).load(run_folder.parent.name, STEP)
    # Catches a key that is read and does nothing, and a reason that no reader sees.
    assert "days_to_record" not in set(frames["features"]["name"])
    assert "need_level is kept, though it may look like the outcome: It is written on the first day." in facts["notes"]
    (tmp_path / "small.yaml").write_text(CONFIG.replace("[days_to_record]", "[happiness]"))
    shutil.copytree(folder / "private" / "small" / "store", tmp_path / "private" / "small" / "store")
    # Catches a name that no feature has, taken in silence.
    assert "there is no feature happiness" in assess(tmp_path).err
