"""The process that UMAP runs in: kept, ended, and never silently gone."""

import os
import threading

import numpy as np
import pytest

from ssl_studio.analysis import umap_process
from ssl_studio.analysis.neighbours import neighbours_of_all
from ssl_studio.analysis.umap_process import UmapSettings, end_idle, fit_umap
from ssl_studio.errors import AnalysisError, Cancelled
from ssl_studio.events import Cancel, ignore

SETTINGS = UmapSettings(neighbours=10, min_dist=0.1, rate=1.0, seed=0)


def place(blobs, *, start=None, settings=SETTINGS, report=ignore, cancel=None):
    known = neighbours_of_all(blobs, settings.neighbours - 1).with_self()
    distances = np.ascontiguousarray(known.distances, np.float32)
    positions = known.positions.astype(np.int32)
    return fit_umap(blobs, positions, distances, start, settings, report, cancel or Cancel())


def test_the_process_is_kept_for_the_next_map(blobs):
    place(blobs)
    (kept,) = umap_process._idle
    place(blobs)
    assert umap_process._idle == [kept]
    assert not [t for t in threading.enumerate() if t.name == "umap"]


def test_two_maps_at_once_have_a_process_each_and_one_is_kept(blobs):
    made = {}
    threads = [
        threading.Thread(target=lambda n=n: made.update({n: place(blobs)})) for n in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.array_equal(made[0], made[1])
    assert len(umap_process._idle) == 1


def test_a_kept_process_that_was_killed_is_replaced(blobs):
    place(blobs)
    umap_process._idle[0]._popen.kill()
    umap_process._idle[0]._popen.wait()
    assert place(blobs).shape == (len(blobs), 2)


def test_a_process_that_ends_while_it_works_is_told_in_words(blobs):
    end_idle()

    def kill(_event):
        os.kill(process._popen.pid, 9)

    process = umap_process._Process()
    umap_process._idle.append(process)
    with pytest.raises(AnalysisError, match="has ended"):
        place(blobs, report=kill)
    assert umap_process._idle == []


def test_what_umap_refuses_is_told_in_words(blobs):
    with pytest.raises(AnalysisError, match="could not lay out"):
        place(blobs, settings=UmapSettings(neighbours=10, min_dist=-1.0, rate=1.0, seed=0))


def test_it_can_be_stopped_before_umap_says_anything(blobs):
    end_idle()
    cancel = Cancel()
    threading.Timer(0.2, cancel.request).start()
    with pytest.raises(Cancelled):
        place(blobs, cancel=cancel)
    assert umap_process._idle == []
