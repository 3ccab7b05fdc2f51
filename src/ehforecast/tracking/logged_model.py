"""Trees as MLflow shows a model: LightGBM's own text with a signature; no pickle, no example row, nothing that runs.

The description is written here as text. MLflow's own way of saving a model would load LightGBM, look at the machine's
packages, and offer a way to serve the model, which this package does not want.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from ehforecast.errors import StoreError

DESCRIPTION, TREES, REQUIREMENTS = "MLmodel", "model.lgb", "requirements.txt"


@dataclass(frozen=True)
class LoggedTrees:
    """One model.

    Attributes:
        text: LightGBM's text, scrubbed of the ranges of every feature.
        features: names of the columns, in order; all are numbers, categories being numbered before.
        lightgbm_version: that made it.
    """

    text: str
    features: Sequence[str]
    lightgbm_version: str

    def about_json(self) -> bytes:
        """All but the text, for keeping."""
        about = {"features": list(self.features), "lightgbm_version": self.lightgbm_version}
        return json.dumps(about, sort_keys=True).encode()

    @classmethod
    def from_json(cls, about: bytes, *, text: str) -> "LoggedTrees":
        """What was kept."""
        told = json.loads(about)
        return cls(text, tuple(told["features"]), str(told["lightgbm_version"]))

    def files(self, *, model_id: str, run_id: str, mlflow_version: str) -> dict[str, bytes]:
        """The files of a model folder, by name."""
        told = _description(self, model_id=model_id, run_id=run_id, mlflow_version=mlflow_version)
        return {
            DESCRIPTION: (json.dumps(told, indent=1) + "\n").encode(),  # JSON is YAML too
            TREES: self.text.encode("ascii"),
            REQUIREMENTS: f"lightgbm=={self.lightgbm_version}\n".encode(),
        }


@dataclass(frozen=True)
class _Column:
    type: str
    name: str
    required: bool = True


def _description(trees: LoggedTrees, *, model_id: str, run_id: str, mlflow_version: str) -> Mapping[str, object]:
    columns = [asdict(_Column("double", name)) for name in trees.features]
    outputs = [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1]}}]
    flavour = {
        "code": None,
        "data": TREES,
        "lgb_version": trees.lightgbm_version,
        "model_class": "lightgbm.basic.Booster",
    }
    return {
        "artifact_path": f"models:/{model_id}",
        "flavors": {"lightgbm": flavour},
        "mlflow_version": mlflow_version,
        "model_id": model_id,
        "model_uuid": model_id,
        "run_id": run_id,
        "signature": {"inputs": json.dumps(columns), "outputs": json.dumps(outputs), "params": None},
    }


def trees_of_bundle(files: Mapping[str, bytes], *, lightgbm_version: str) -> LoggedTrees:
    """The trees in the files of a model bundle. Raises `StoreError` where they are not there."""
    try:
        names = json.loads(files["facts.json"])["learned"]["encoder"]["names"]
        return LoggedTrees(files["model.txt"].decode("ascii"), tuple(map(str, names)), lightgbm_version)
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError("the model bundle of the run is damaged; make the run again") from error
