"""The jobs that the Clusters page starts; features that are not there are computed first."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from ssl_studio.gui.job_list import RunningJob
from ssl_studio.gui.pages.cluster_edits import LOOK
from ssl_studio.gui.pages.cluster_setup import Plan
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.jobs.associations import AssociationsJob
from ssl_studio.jobs.choose_k import ChooseKJob
from ssl_studio.jobs.cluster import ClusterJob
from ssl_studio.jobs.embed import EmbedJob, EmbedResult


class ClusterWork(QObject):
    """Searching clusters and choosing how many."""

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio

    def find_clusters(self, plan: Plan) -> None:
        """Search clusters; names go over from the clustering that is looked at."""
        names_from = self._studio.clustering_id

        def search(feature_set_id: int) -> None:
            job = ClusterJob(
                feature_set_id,
                plan.k,
                whiten=plan.whiten,
                algorithm=plan.algorithm,
                smallest=plan.smallest,
                names_from=names_from,
            )
            if job in [running.job for running in self._studio.jobs.active]:
                self._studio.message.emit(tr("These clusters are being searched already."))
            else:
                self._studio.run(job)

        self._with_features(plan, search)

    def choose_k(self, plan: Plan) -> None:
        """Judge several numbers of clusters."""
        self._with_features(
            plan, lambda found: self._studio.run(ChooseKJob(found, whiten=plan.whiten), LOOK)
        )

    def look_again(self) -> None:
        """Hold the clustering as it is now against what is known about its images."""
        if self._studio.clustering_id is not None:
            self._studio.run(AssociationsJob(self._studio.clustering_id), LOOK)

    def _with_features(self, plan: Plan, then: Callable[[int], object]) -> None:
        if plan.feature_set_id is not None:
            then(plan.feature_set_id)
        elif plan.run_id is not None:
            running = self._studio.run(EmbedJob(plan.run_id, plan.checkpoint_id, plan.layer))
            if running is not None:
                running.ended.connect(lambda: self._on_embedded(running, then))

    def _on_embedded(self, running: RunningJob, then: Callable[[int], object]) -> None:
        if isinstance(running.result, EmbedResult):
            self._studio.set_feature_set(running.result.feature_set_id)
            then(running.result.feature_set_id)
