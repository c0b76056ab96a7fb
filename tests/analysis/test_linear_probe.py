import numpy as np
import pytest
import torch

from ssl_studio.analysis.linear_probe import logistic_probe
from ssl_studio.errors import Cancelled
from ssl_studio.events import Cancel


def test_logistic_regression_agrees_with_scikit_learn(blobs, labels):
    from sklearn.linear_model import LogisticRegression

    noisy = blobs + 6 * np.random.default_rng(0).normal(size=blobs.shape).astype(np.float32)
    train, test = noisy[::2], noisy[1::2]
    mine = logistic_probe(train, labels[::2], test, classes=3, seed=0, strengths=[0.1])
    mean, std = train.mean(axis=0), train.std(axis=0)
    theirs = LogisticRegression(C=1 / (0.1 * len(train)), tol=1e-8, max_iter=1000)
    theirs.fit((train - mean) / std, labels[::2])
    odds = torch.from_numpy(mine.scores).softmax(dim=1).numpy()
    assert np.allclose(odds, theirs.predict_proba((test - mean) / std), atol=2e-3)


def test_many_classes_that_overlap_are_fitted_as_well_as_by_scikit_learn():
    """Weak strength and correlated features, where many steps are needed."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss

    rng = np.random.default_rng(0)
    classes, strength = 12, 1e-4
    labels = rng.integers(0, classes, 900)
    blobs = rng.normal(size=(classes, 24))[labels] + 1.5 * rng.normal(size=(900, 24))
    mixed = (blobs @ rng.normal(size=(24, 24)) ** 3).astype(np.float32)
    train, test = mixed[:600], mixed[600:]
    normal = (train - train.mean(axis=0)) / train.std(axis=0)
    theirs = LogisticRegression(C=1 / (strength * 600), max_iter=2000).fit(normal, labels[:600])
    both = np.concatenate([train, test])
    mine = logistic_probe(
        train, labels[:600], both, classes=classes, seed=0, strengths=[1.0, strength]
    )
    assert mine.chosen["strength"] == strength
    odds = torch.from_numpy(mine.scores).double().softmax(dim=1).numpy()
    own = log_loss(labels[:600], odds[:600])
    assert own == pytest.approx(log_loss(labels[:600], theirs.predict_proba(normal)), rel=2e-2)
    asked = (test - train.mean(axis=0)) / train.std(axis=0)
    hits = (mine.predictions[600:] == labels[600:]).mean()
    assert hits == pytest.approx(theirs.score(asked, labels[600:]), abs=0.02)


def test_nothing_is_learnt_from_test_vectors(blobs, labels):
    plain = logistic_probe(blobs[::2], labels[::2], blobs[1::2], classes=3, seed=0)
    odd = np.concatenate([blobs[1::2], 1e6 * blobs[:3]])
    more = logistic_probe(blobs[::2], labels[::2], odd, classes=3, seed=0)
    assert np.array_equal(plain.scores, more.scores[:60])


def test_features_that_never_change_do_no_harm(blobs, labels):
    flat = np.concatenate([blobs, np.full((120, 2), 7, np.float32)], axis=1)
    probed = logistic_probe(flat[::2], labels[::2], flat[1::2], classes=3, seed=0)
    assert (probed.predictions == labels[1::2]).all()


def test_it_stops_when_asked(blobs, labels):
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Cancelled):
        logistic_probe(blobs, labels, blobs, classes=3, seed=0, cancel=cancel)
