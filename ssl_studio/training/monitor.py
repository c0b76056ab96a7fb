"""Looks at the features of a run from time to time: are they any good, have they collapsed?"""

from dataclasses import dataclass

import numpy as np
import torch

from ssl_studio.events import Cancel
from ssl_studio.images.cache import PixelCache
from ssl_studio.methods.base import Method
from ssl_studio.numerics import scores
from ssl_studio.numerics.kmeans import kmeans
from ssl_studio.numerics.neighbours import unit_rows
from ssl_studio.training.extraction import ViewSpec, evaluating, extract

BANK = 10_000
QUERIES = 2_000
NEIGHBOURS = 20
TEMPERATURE = 0.07


@dataclass(frozen=True, slots=True)
class Monitor:
    """Scores the layer that clusters look at first, on a fixed sample of the run's images.

    With labels: weighted kNN accuracy (k = 20, tau = 0.07; evaluation protocols, section 5) of
    sampled queries against a disjoint bank, and NMI and Hungarian accuracy of k-means with as
    many clusters as classes. Without labels: spread and effective rank only.
    """

    cache: PixelCache
    view: ViewSpec
    device: torch.device
    labels: np.ndarray | None
    seed: int

    def look(self, method: Method, cancel: Cancel) -> dict[str, float]:
        """Named figures of the encoder as it is now; the training state is left untouched."""
        queries, bank = self._sample()
        encoder, layer = method.encoder, method.feature_layer
        with evaluating(encoder):
            features = extract(
                lambda x: encoder.pooled(x, layer),
                self.cache,
                self.view,
                self.device,
                positions=torch.from_numpy(np.concatenate([queries, bank])),
                cancel=cancel,
            ).numpy()
        figures = {
            "feature_rank": scores.effective_rank(features[:QUERIES]),
            "feature_std": scores.embedding_std(features[:QUERIES]),
        }
        if self.labels is not None:
            figures |= self._against_labels(features, queries, bank)
        return figures

    def _sample(self) -> tuple[np.ndarray, np.ndarray]:
        known = np.arange(len(self.cache))
        if self.labels is not None:
            known = known[self.labels >= 0]
        order = np.random.default_rng(self.seed).permutation(known)
        count = min(QUERIES, max(1, len(order) // 5))
        return order[:count], order[count : count + BANK]

    def _against_labels(
        self, features: np.ndarray, queries: np.ndarray, bank: np.ndarray
    ) -> dict[str, float]:
        assert self.labels is not None
        truth, known = self.labels[queries], self.labels[bank]
        n = len(queries)
        figures = {
            "knn_accuracy": scores.knn_accuracy(
                features[n:], known, features[:n], truth, k=NEIGHBOURS, tau=TEMPERATURE
            )
        }
        classes = len(np.unique(truth))
        if classes > 1 and n > classes:
            found = kmeans(unit_rows(features[:n]), classes, seed=self.seed).labels
            figures["nmi"] = scores.nmi(found, truth)
            figures["cluster_accuracy"] = scores.hungarian_accuracy(found, truth)
        return figures
