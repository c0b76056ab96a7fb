"""Encoders and methods of trained runs, as they were at a checkpoint."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ssl_studio.errors import AnalysisError
from ssl_studio.project.file import Project
from ssl_studio.project.records import CheckpointRecord, RunRecord

if TYPE_CHECKING:
    from ssl_studio.methods.base import Method
    from ssl_studio.networks.backbone import Backbone
    from ssl_studio.training.build import EncoderInfo


@dataclass(frozen=True, slots=True)
class RunEncoder:
    """The encoder of a run.

    Attributes:
        network: In eval mode, on the CPU.
        checkpoint: Where its weights come from; None for the run's random initialisation.
        side: Side in pixels of the cached squares that the run was trained on.
    """

    run: RunRecord
    info: "EncoderInfo"
    network: "Backbone"
    checkpoint: CheckpointRecord | None
    side: int


def load_encoder(
    project: Project, run_id: int, checkpoint_id: int | None = None, *, trained: bool = True
) -> RunEncoder:
    """The run's encoder at a checkpoint (None: the latest), or as it was before training.

    Raises AnalysisError when the run has none yet.
    """
    from ssl_studio.training.build import EncoderInfo, build_encoder
    from ssl_studio.training.checkpoint import unpack

    run = project.runs.get(run_id)
    facts = trained_facts(run)
    info = EncoderInfo.from_json(facts["encoder"])
    checkpoint = _checkpoint(project, run, checkpoint_id) if trained else None
    state = None
    if checkpoint is not None:
        state = unpack(project.runs.load_checkpoint(checkpoint.id)).encoder_state()
    return RunEncoder(run, info, build_encoder(info, state), checkpoint, facts["cache_side"])


def load_method(project: Project, run_id: int, checkpoint_id: int | None = None) -> "Method":
    """The whole method of a run at a checkpoint, in eval mode on the CPU."""
    from ssl_studio.methods.base import DataInfo
    from ssl_studio.training.build import EncoderInfo, build_method, parse_training
    from ssl_studio.training.checkpoint import unpack

    run = project.runs.get(run_id)
    facts = trained_facts(run)
    view, settings = EncoderInfo.from_json(facts["encoder"]).view, parse_training(run.training)
    info = DataInfo(
        images=facts["images"],
        image_size=settings.image_size,
        mean=view.mean,
        std=view.std,
        global_batch=settings.batch_size,
    )
    method = build_method(run.method, settings, run.settings, info)
    state = unpack(project.runs.load_checkpoint(_checkpoint(project, run, checkpoint_id).id))
    stages = method.stages(settings.epochs)
    method.enter_stage(stages[min(state.position.stage, len(stages) - 1)])
    method.prepare_to_load(state.method)
    method.load_state_dict(dict(state.method))
    return method.eval()


def trained_facts(run: RunRecord) -> dict[str, Any]:
    """What a run noted about its encoder when it began: encoder, cache_side, images."""
    if "encoder" not in run.environment:
        raise AnalysisError(
            f"The run “{run.name}” has not been trained yet.", remedy="Train it first."
        )
    return dict(run.environment)


def usual_layer(project: Project, run_id: int) -> str:
    """The layer that the run's method recommends. Raises AnalysisError before training."""
    return str(trained_facts(project.runs.get(run_id))["encoder"]["layer"])


def _checkpoint(project: Project, run: RunRecord, checkpoint_id: int | None) -> CheckpointRecord:
    if checkpoint_id is not None:
        found = project.runs.checkpoint(checkpoint_id)
        if found.run_id == run.id:
            return found
        raise AnalysisError(
            f"Checkpoint {checkpoint_id} belongs to another run than “{run.name}”.",
            remedy="Choose one of the run's own checkpoints.",
        )
    latest = project.runs.latest_checkpoint(run.id)
    if latest is None:
        raise AnalysisError(
            f"The run “{run.name}” has no checkpoint yet.", remedy="Train it for a while first."
        )
    return latest
