"""The planner's pages are plain: reading grade 9 or lower over all their prose, by a formula of others."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from every_report import pages_below

Read = Callable[[str], object]
GRADE = 9.0


def syllables(word: str) -> int:
    """Groups of vowels, a silent e at the end left out; at least one."""
    word = re.sub(r"(?:[^laeiouy]es|[^laeiouytd]ed|[^laeiouy]e)$", "", word.lower())
    return max(1, len(re.findall(r"[aeiouy]+", word)))


def reading_grade(text: str) -> float:
    """Flesch-Kincaid grade: 0.39 words a sentence + 11.8 syllables a word - 15.59. Numbers are left out."""
    sentences = [one for one in re.split(r"[.!?]+(?:\s|$)", text) if re.search(r"[A-Za-z]", one)]
    words = re.findall(r"[A-Za-z]+(?:['’][a-z]+)?", text)  # noqa: RUF001 - the apostrophe that print uses
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def prose(html: str, read: Read) -> str:
    """What is written in sentences: paragraphs, points and meanings, without what folds away."""
    page = read(html)
    texts = [one.text for one in page.all("p", "li", "dd") if " " in one.text]  # type: ignore[attr-defined] # a reader
    return " ".join(text if text.endswith((".", "?", ":")) else f"{text}." for text in texts)


def test_the_formula_is_the_published_one() -> None:
    # Catches a ruler that lets everything pass. Kincaid and others 1975: short words in short sentences are below grade
    # 3, a sentence of a statute is far above 12.
    assert [syllables(word) for word in ("cat", "made", "table", "family", "forecast", "wanted")] == [1, 1, 2, 3, 3, 2]
    assert reading_grade("The cat sat on the mat. It was warm.") < 3
    assert reading_grade("Notwithstanding subsection four, the relevant authority must determine eligibility.") > 12


@pytest.mark.acceptance("door")
@pytest.mark.parametrize("kind", ["forecast", "plan", "index"])
def test_planners_can_read_it(
    kind: str, read: Read, tmp_path_factory: pytest.TempPathFactory, record_figure: Callable[..., None]
) -> None:
    page: Path = pages_below(tmp_path_factory.mktemp("words"))(kind)
    text = prose(page.read_text("utf-8"), read)
    grade = reading_grade(text)
    record_figure(f"reading grade of the page '{kind}' (Flesch-Kincaid)", round(grade, 1), f"at most {GRADE:g}")
    # Catches a test of nothing, and a page written for those who made it.
    assert len(text.split()) > 60
    assert grade <= GRADE
