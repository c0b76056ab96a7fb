"""What is tried out while a run is planned: proposals, views, cost. Nothing of it is stored."""

from PySide6.QtCore import QObject, QTimer

from ssl_studio.errors import StudioError
from ssl_studio.gui.pages.new_run import NewRunPanel
from ssl_studio.gui.side_job import SideJob
from ssl_studio.gui.studio import Studio
from ssl_studio.gui.text import tr
from ssl_studio.jobs.estimate import EstimateJob, EstimateResult
from ssl_studio.jobs.preview import PreviewJob, PreviewResult
from ssl_studio.jobs.propose import ProposeJob, ProposeResult

PREVIEW_CALM_MS = 300
ESTIMATE_CALM_MS = 1200
"""So long nothing is typed before views are drawn, and before steps are tried."""
SHOWN_IMAGES = 5


class Trials(QObject):
    """Keeps proposals, views and cost of the form true while it is seen."""

    def __init__(self, studio: Studio, panel: NewRunPanel) -> None:
        super().__init__(panel)
        self._studio, self._panel = studio, panel
        self._proposer = SideJob(studio, self)
        self._drawer = SideJob(studio, self)
        self._tester = SideJob(studio, self)
        self._proposed: dict[str, ProposeResult | None] = {}
        self._costs: dict[str, EstimateResult] = {}
        self._seed = self._sample = 0
        self._drawn = ""
        self._stopped_for = ""
        self._draw_soon = QTimer(self, singleShot=True, interval=PREVIEW_CALM_MS)
        self._draw_soon.timeout.connect(self.draw)
        self._try_soon = QTimer(self, singleShot=True, interval=ESTIMATE_CALM_MS)
        self._try_soon.timeout.connect(self._try_unless_busy)
        panel.method_chosen.connect(self.refresh)
        panel.edited.connect(self._on_edited)
        panel.views.redraw_wanted.connect(self._redraw)
        panel.views.others_wanted.connect(self._draw_others)
        panel.cost.try_wanted.connect(self.estimate)
        panel.cost.stop_wanted.connect(self._stop_estimate)
        studio.selection_changed.connect(self._on_selection)

    def forget(self) -> None:
        """Other images: nothing that was found holds any more."""
        for side in (self._proposer, self._drawer, self._tester):
            side.stop()
        for timer in (self._draw_soon, self._try_soon):
            timer.stop()
        self._proposed.clear()
        self._costs.clear()
        self._drawn = self._stopped_for = ""

    def refresh(self) -> None:
        """Find out what the form lacks, if it is seen."""
        method = self._panel.method_id
        if method is None or not self._is_seen() or not self._panel.images:
            return
        if method in self._proposed:
            found = self._proposed[method]
            if found is not None:
                self._panel.propose(found)
            self._on_edited()
            return
        job = ProposeJob(method, probe=False)
        self._proposer.ask(
            job,
            lambda found: self._on_proposed(method, found),
            lambda _e: self._on_proposed(method),
        )

    def rest(self) -> None:
        """Nobody looks at the form: leave the machine alone."""
        self._draw_soon.stop()
        self._try_soon.stop()
        if self._tester.is_busy:
            self._tester.stop()
            self._panel.show_no_estimate()

    def _is_seen(self) -> bool:
        return self._studio.is_open and self._panel.isVisible()

    def _on_proposed(self, method: str, found: object = None) -> None:
        self._proposed[method] = found if isinstance(found, ProposeResult) else None
        self.refresh()

    def _on_edited(self) -> None:
        plan = self._panel.plan()
        if plan is None or not self._is_seen() or plan.method not in self._proposed:
            return
        if plan.costly != self._drawn:
            self._draw_soon.start()
        self._show_cost(plan.costly)

    # -- views ---------------------------------------------------------------------------------

    def _on_selection(self) -> None:
        self._drawn = ""
        if self._is_seen():
            self._on_edited()

    def _redraw(self) -> None:
        self._seed += 1
        self.draw()

    def _draw_others(self) -> None:
        self._sample += 1
        self.draw()

    def draw(self) -> None:
        """Draw views of the chosen images and of others."""
        plan = self._panel.plan()
        if plan is None or not self._is_seen():
            return
        chosen = tuple(int(i) for i in self._studio.selection[:SHOWN_IMAGES])
        job = PreviewJob(
            plan.method,
            plan.training,
            plan.settings,
            chosen,
            images=SHOWN_IMAGES,
            seed=self._seed,
            sample=self._sample,
        )
        self._drawn = plan.costly
        self._panel.views.show_drawing()
        self._drawer.ask(
            job,
            lambda found: self._on_drawn(found, len(chosen)),
            self._panel.views.show_problem,
        )

    def _on_drawn(self, found: object, chosen: int) -> None:
        if isinstance(found, PreviewResult):
            self._panel.views.show_views(found, chosen=chosen)

    # -- cost ----------------------------------------------------------------------------------

    def _show_cost(self, costly: str) -> None:
        """What is known at once; else try when typing has ended."""
        known = self._costs.get(costly)
        if known is not None:
            self._try_soon.stop()
            self._tester.stop()
            self._panel.show_estimate(known)
        elif self._panel.is_busy:
            self._panel.show_no_estimate(
                tr("A run is training: a try beside it would slow it down and mislead.")
            )
        elif costly != self._stopped_for:
            self._panel.cost.show_trying()
            self._try_soon.start()

    def _try_unless_busy(self) -> None:
        if not self._panel.is_busy:
            self.estimate()

    def estimate(self) -> None:
        """Try a few steps with the settings as they are."""
        plan = self._panel.plan()
        if plan is None or not self._is_seen():
            return
        self._stopped_for = ""
        self._panel.cost.show_trying()
        self._tester.ask(
            EstimateJob(plan.method, plan.training, plan.settings),
            lambda found: self._on_estimated(plan.costly, found),
            self._on_estimate_failed,
        )

    def _stop_estimate(self) -> None:
        plan = self._panel.plan()
        self._stopped_for = plan.costly if plan is not None else ""
        self._try_soon.stop()
        self._tester.stop()
        self._panel.show_no_estimate()

    def _on_estimated(self, costly: str, found: object) -> None:
        plan = self._panel.plan()
        if isinstance(found, EstimateResult):
            self._costs[costly] = found
            if plan is not None and plan.costly == costly:
                self._panel.show_estimate(found)

    def _on_estimate_failed(self, error: StudioError) -> None:
        self._panel.cost.show_problem(error)
        self._panel.estimate.setText("")
