"""The section `transparency` of a configuration: what only people can say of the tool, by the standard's own keys."""

from pydantic import RootModel, model_validator

from ehforecast.advisory.transparency import check_supplied


class TransparencyConfig(RootModel[dict[str, str]]):
    """Answers by key of the Algorithmic Transparency Recording Standard, version 3.0; the absent are not supplied.

    The record of a run names each key, with its question, where nobody has answered it yet.
    """

    @model_validator(mode="after")
    def _asked_for(self) -> "TransparencyConfig":
        wrong = check_supplied(self.root)
        if wrong:
            raise ValueError("; ".join(wrong))
        return self
