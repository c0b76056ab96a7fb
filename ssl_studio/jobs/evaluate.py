"""Evaluate features together with what they must be read against."""

from dataclasses import dataclass
from pathlib import Path

from ssl_studio.events import Cancel, Report
from ssl_studio.jobs.embed import EmbedJob
from ssl_studio.jobs.probe import PROBES, ProbeJob, ProbeResult
from ssl_studio.jobs.provenance import Stopwatch
from ssl_studio.jobs.score_tables import is_table
from ssl_studio.project.file import Project
from ssl_studio.project.records import FeatureSetRecord, FeatureSource, ProbeKind

REFERENCES: tuple[FeatureSource, ...] = ("random", "pixels")


@dataclass(frozen=True, slots=True)
class EvaluateResult:
    """What each feature set scored, by its id."""

    results: tuple[tuple[int, ProbeResult], ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class EvaluateJob:
    """Probes of a feature set, of the same network untrained and of raw pixels.

    References that the run has already are not computed again, nor measured again where they were
    measured with the same seed.
    """

    feature_set_id: int
    kinds: tuple[ProbeKind, ...] = PROBES
    seed: int = 0

    @property
    def title(self) -> str:
        """What it does."""
        return "Evaluating features and their references"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> EvaluateResult:
        """Measure and store. Raises AnalysisError without labels of two classes."""
        watch = Stopwatch()
        probe = ProbeJob(self.feature_set_id, self.kinds, self.seed)
        results = [(self.feature_set_id, probe.run(project_path, report, cancel))]
        with Project.open(project_path, read_only=True) as project:
            record = project.features.get(self.feature_set_id)
        if record.run_id is None or record.source != "run":
            return EvaluateResult(tuple(results), watch.seconds)
        for source in REFERENCES:
            cancel.check()
            reference, is_measured = self._reference(project_path, record, source)
            if reference is None:
                layer = record.layer if source == "random" else None
                embed = EmbedJob(record.run_id, layer=layer, source=source)
                reference = embed.run(project_path, report, cancel).feature_set_id
            if not is_measured:
                probe = ProbeJob(reference, self.kinds, self.seed)
                results.append((reference, probe.run(project_path, report, cancel)))
        return EvaluateResult(tuple(results), watch.seconds)

    def _reference(
        self, project_path: Path, record: FeatureSetRecord, source: FeatureSource
    ) -> tuple[int | None, bool]:
        """The newest reference over the same images, and whether all kinds are measured."""
        with Project.open(project_path, read_only=True) as project:
            found = references(project, record, source)
            if not found:
                return None, False
            measured = {
                probe.kind
                for probe in project.features.probes(found[-1].id)
                if not is_table(probe) and probe.settings.get("seed") == self.seed
            }
        return found[-1].id, measured >= set(self.kinds)


def references(
    project: Project, record: FeatureSetRecord, source: FeatureSource
) -> list[FeatureSetRecord]:
    """References that a feature set can be read against: same images, view and, if any, network."""
    images = project.features.image_ids(record.id)
    fingerprint = project.images.fingerprint(images)
    return [
        other
        for other in project.features.all()
        if other.source == source
        and other.count == record.count
        and other.settings.get("image_size") == record.settings.get("image_size")
        and (source == "pixels" or (other.backbone, other.layer) == (record.backbone, record.layer))
        and project.images.fingerprint(project.features.image_ids(other.id)) == fingerprint
    ]
