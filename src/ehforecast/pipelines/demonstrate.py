"""Invent councils and write their files as the Department for Education would, with the truth beside them."""

import json
from pathlib import Path

from ehforecast.pipelines.settings import Settings
from ehforecast.reference.area_codes import AreaRegister, english_areas
from ehforecast.store.files import write_bytes_atomically
from ehforecast.synthetic.dfe_files import write_referrals_by_month
from ehforecast.synthetic.referrals import ReferralTruth, draw_referrals, register


def area_register(settings: Settings) -> AreaRegister:
    """The areas that a configuration's data may speak of."""
    return register(settings.synthetic.councils) if settings.synthetic else english_areas()


def write_synthetic_files(settings: Settings, folder: Path) -> Path:
    """Write the synthetic files of a configuration into a folder of their own; the same files for the same settings."""
    plan, truth = settings.synthetic, ReferralTruth()
    assert plan is not None, "only called for configurations with a synthetic section"  # noqa: S101 - narrows the type
    counts = draw_referrals(plan.first_month, years=plan.years, councils=plan.councils, seed=plan.seed, truth=truth)
    write_bytes_atomically(folder / "truth.json", json.dumps(truth.as_dict(), indent=2).encode())
    for stale in folder.glob("*.csv"):  # of other settings under the same name: two files of one table cannot be read
        stale.unlink()
    write_referrals_by_month(counts, area_register(settings), folder=folder).chmod(0o600)
    return folder
