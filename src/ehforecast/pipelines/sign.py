"""A reviewer signs a report, and anybody may ask whether what lies there is what went out and was signed."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from ehforecast.advisory.sign_off import Review, Reviewer, ReviewState, find_reports, find_review, sign
from ehforecast.errors import ReleaseRefused, SettingsError
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.published import WayOut
from ehforecast.tracking.folder_log import RECORD


def sign_report(places: Places, run_id: str, *, report: str, reviewer: Reviewer, on: date) -> Review:
    """Write a reviewer's signature over a report of a run, and the run's index anew."""
    way = _way_out_of(places, run_id)
    wrong = [found for found in way.find_unknown() if found.startswith(f"{report}:")]
    if wrong:
        raise ReleaseRefused([f"a report as it was published: {wrong[0]}"])
    signature = sign(way.published, report, reviewer=reviewer, on=on)
    way.ledger.append_signature(signature)
    way.write_index()
    return find_review(way.published, report)


def verify_run(places: Places, run_id: str) -> list[str]:
    """Hold every report of a run against the ledger and its signature; return where each stands, in words.

    The last line says what the ledger ends with, so that somebody can keep it where nobody here can write.

    Raises `ReleaseRefused` where one is not as it was published or signed, or where the ledger itself was changed.
    """
    way = _way_out_of(places, run_id)
    wrong = [*way.find_unknown(), *_wrong_signatures(way)]
    way.write_index()
    if wrong:
        raise ReleaseRefused([f"reports as they were published and signed: {'; '.join(wrong)}"])
    return list(_lines(way))


def _lines(way: WayOut) -> Iterator[str]:
    for name in find_reports(way.published):
        yield f"{name}: {find_review(way.published, name).words}"
    yield (
        f"These are the bytes that were published. The list of what was published is sound and ends with "
        f"{way.ledger.last()}: keep a copy of that elsewhere, for whoever can write the private folder can write the "
        "list anew."
    )


def _wrong_signatures(way: WayOut) -> Iterator[str]:
    known = way.ledger.signatures()
    for name in find_reports(way.published):
        review = find_review(way.published, name)
        if review.state is ReviewState.VOID:
            yield f"{name}: {review.words}"
        elif review.signature is not None and review.signature.seal not in known:
            yield f"{name}: its signature is not in the ledger"


def _way_out_of(places: Places, run_id: str) -> WayOut:
    """Where a run's reports lie; which configuration it is of is told by its record."""
    found = sorted(places.private.glob(f"*/runs/{run_id}/{RECORD}")) if Path(run_id).name == run_id else []
    if len(found) != 1 or not (places.reports / run_id).is_dir():
        raise SettingsError(
            f"run {run_id} is not kept in {places.private} or has no reports in {places.reports}; "
            "name both folders with --private and --reports"
        )
    return WayOut(places.reports / run_id, found[0].parents[2] / "ledger")
