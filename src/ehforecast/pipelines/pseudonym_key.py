"""The key of a council's pseudonyms, from where its configuration says it is."""

import os

from ehforecast.contracts.pseudonyms import Pseudonyms
from ehforecast.errors import SettingsError
from ehforecast.pipelines.settings import CouncilSettings, PseudonymSettings


def pseudonyms_of(settings: CouncilSettings) -> Pseudonyms | None:
    """What replaces ids, or none where the configuration says that they are pseudonyms already."""
    told = settings.records.pseudonyms
    if not isinstance(told, PseudonymSettings):
        return None
    project = settings.name if told.project is None else told.project
    try:
        if told.key_file is not None:
            return Pseudonyms.from_file(settings.at(told.key_file), project=project)
        variable = told.key_variable or ""
        return Pseudonyms.from_environment(os.environ, variable, project=project)  # noqa: TID251 - a key is no setting
    except SettingsError as error:
        raise SettingsError(f"configuration '{settings.name}', key 'records.pseudonyms': {error}") from None
