"""The section `tracking` of a configuration: where runs are shown. It changes no number and no id."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict


def _without_secret(uri: str) -> str:
    parts = urlsplit(uri)
    if uri and not parts.scheme:
        raise ValueError("give an address with its kind, such as https://…; leave it out for the store on this machine")
    if parts.username is not None or parts.password is not None:
        raise ValueError("no user or password in an address; MLflow reads them from its own environment variables")
    return uri


class TrackingConfig(BaseModel):
    """Whether runs go to MLflow, and to which."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mlflow: bool = True
    """Off, runs are kept in files alone."""

    uri: Annotated[str, AfterValidator(_without_secret)] = ""
    """Address of a tracking server; a store in the private folder if none is given."""


TRACKING_SECTIONS: tuple[type[BaseModel], ...] = (TrackingConfig,)
