"""Train one run of the project, from its start or from where it was left."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssl_studio.errors import Cancelled
from ssl_studio.events import Cancel, Progress, Report
from ssl_studio.jobs.backup import backup_before
from ssl_studio.jobs.pausing import ToldCancel
from ssl_studio.jobs.pixels import Pictures, class_numbers, open_pictures
from ssl_studio.jobs.processes import agree, first_alone, process_group
from ssl_studio.jobs.provenance import environment
from ssl_studio.jobs.recorder import Recorder, Silent
from ssl_studio.project.file import Project
from ssl_studio.project.records import RunRecord

if TYPE_CHECKING:
    from ssl_studio.methods.base import Method
    from ssl_studio.training.settings import TrainSettings
    from ssl_studio.training.state import Outcome


@dataclass(frozen=True, slots=True)
class TrainResult:
    """Where the run stands now."""

    run_id: int
    step: int
    epoch: int
    seconds: float


@dataclass(frozen=True, slots=True)
class TrainJob:
    """Train a run to its end. Stopped or killed, it goes on from its latest checkpoint next time.

    Under `torchrun` every process runs this job; the first one writes and reports.

    Attributes:
        name: What the run is called, where that is known, for the title.
    """

    run_id: int
    name: str = ""

    @property
    def title(self) -> str:
        """What it does."""
        return f"Training {self.name}" if self.name else f"Training run {self.run_id}"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> TrainResult:
        """Train, with figures, checkpoints and exhibits going into the project as they come.

        The run's status is true however this ends. Raises Cancelled when stopped, StudioError
        for what the user can mend.
        """
        with process_group() as rank, Project.open(project_path, read_only=rank > 0) as project:
            run = project.runs.get(self.run_id)
            recorder = Recorder(project, run, report) if rank == 0 else Silent()
            try:
                if rank == 0:
                    backup_before(project, report, cancel)
                recorder.begun()
                told = ToldCancel(cancel, recorder.waiting, recorder.proceeding)
                outcome = self._train(project, run, recorder, told)
            except BaseException as error:
                recorder.failed(error)
                raise
            recorder.ended(outcome)
            if outcome.status == "stopped":
                raise Cancelled
            return TrainResult(run.id, outcome.step, outcome.epoch, outcome.seconds)

    def _train(
        self, project: Project, run: RunRecord, recorder: Recorder | Silent, cancel: Cancel
    ) -> "Outcome":
        from ssl_studio.training.build import encoder_info, parse_training
        from ssl_studio.training.settings import resolve_device
        from ssl_studio.training.state import TrainingData
        from ssl_studio.training.trainer import Trainer

        settings = parse_training(run.training)
        device = resolve_device(settings.device)
        ids = project.runs.training_images(run.id)
        recorder.report(Progress(0, None, "Reading the images"))
        with first_alone():  # it stores the pixels, the others open them
            pictures = open_pictures(
                project, ids, settings.image_size, device, recorder.report, cancel
            )
        labels = class_numbers(project, pictures.ids)
        method = _build(project, run, settings, pictures)
        about = environment(
            encoder=encoder_info(method, run.method, settings).to_json(),
            cache_side=pictures.side,
            images=len(pictures.ids),
        )
        steps_per_epoch = method.samples_per_epoch() // settings.batch_size
        recorder.sees(pictures.ids, about, steps_per_epoch)
        # The first process's word counts: it may write checkpoints before another one looks.
        latest = project.runs.latest_checkpoint(run.id)
        resume_from = agree(latest.id if latest else 0)
        return Trainer(
            method,
            settings,
            TrainingData(pictures.cache, labels, project.images.fingerprint(pictures.ids)),
            report=recorder.report,
            cancel=cancel,
            keeper=recorder,
            resume=project.runs.load_checkpoint(resume_from) if resume_from else None,
            environment=about,
        ).run()


def _build(
    project: Project, run: RunRecord, settings: "TrainSettings", pictures: Pictures
) -> "Method":
    """The run's method with fresh weights, or with the encoder that it starts from."""
    from ssl_studio.training.build import build_method, data_info
    from ssl_studio.training.checkpoint import unpack

    start = None
    if run.start_from is not None:
        start = unpack(project.runs.load_checkpoint(run.start_from)).encoder_state()
    info = data_info(pictures.cache, settings)
    return build_method(run.method, settings, run.settings, info, start=start)
