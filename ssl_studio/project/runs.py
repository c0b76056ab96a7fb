"""Trainings: the tables runs, metrics, run_log and checkpoints."""

import os
import socket
from collections.abc import Iterable, Mapping

import numpy as np
import psutil

from ssl_studio.errors import ProjectError
from ssl_studio.project.arrays import ArrayStore
from ssl_studio.project.records import (
    CheckpointKind,
    CheckpointRecord,
    LogRow,
    RunRecord,
)
from ssl_studio.project.rows import Mapper, now, to_json
from ssl_studio.project.sql import Sql

HISTORY = 6  # checkpoints kept between the first and the last two, spread evenly
LATEST = 2
_RUN = Mapper(RunRecord, "runs")
_CHECKPOINT = Mapper(CheckpointRecord, "checkpoints")
_LOG = Mapper(LogRow, "run_log")
_FIELDS = frozenset(
    {"name", "method", "backbone", "status", "step", "epoch", "epochs", "steps_per_epoch"}
    | {"settings", "training", "environment", "seconds", "started_at", "finished_at"}
    | {"notes", "problem", "start_from"}
)
# Whose rows speak of one checkpoint; exhibits are made at every epoch and do without theirs.
_ON_CHECKPOINTS = ("feature_sets", "unit_images", "unit_surveys", "unit_pictures", "attention_maps")
_LIVE = frozenset({"running", "paused"})
Series = tuple[np.ndarray, np.ndarray, np.ndarray]


class RunStore:
    """Runs with their figures, sentences and checkpoints."""

    def __init__(self, sql: Sql, arrays: ArrayStore) -> None:
        self._sql = sql
        self._arrays = arrays

    def create(
        self,
        name: str,
        method: str,
        backbone: str,
        *,
        settings: Mapping[str, object] | None = None,
        training: Mapping[str, object] | None = None,
        image_ids: np.ndarray | None = None,
        start_from: int | None = None,
        epochs: int = 0,
        steps_per_epoch: int = 0,
        notes: str = "",
        environment: Mapping[str, object] | None = None,
    ) -> int:
        """A queued run; `image_ids` are what it trains on (None: all sound images).

        Raises ProjectError where there is no checkpoint `start_from`.
        """
        if start_from is not None:
            self.checkpoint(start_from)
        images = None
        if image_ids is not None:
            images = self._arrays.write_chunks(np.asarray(image_ids, np.int64))
        with self._sql.write():
            if images is not None:
                self._arrays.complete(images)
            return self._sql.run(
                "INSERT INTO runs (name, method, backbone, status, settings, training,"
                " images_array, start_from, epochs, steps_per_epoch, created_at, notes,"
                " environment) VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (name, method, backbone, to_json(settings or {}), to_json(training or {}), images,
                 start_from, epochs, steps_per_epoch, now(), notes, to_json(environment or {})),
            )  # fmt: skip

    def get(self, run_id: int) -> RunRecord:
        """One run. Raises ProjectError where there is none."""
        row = self._sql.row(f"SELECT {_RUN.columns} FROM runs WHERE id = ?", (run_id,))
        if row is None:
            raise ProjectError(f"The project has no run {run_id}.")
        return _RUN.build(row)

    def all(self) -> list[RunRecord]:
        """All runs, oldest first."""
        rows = self._sql.rows(f"SELECT {_RUN.columns} FROM runs ORDER BY id")
        return [_RUN.build(row) for row in rows]

    def update(self, run_id: int, *, durable: bool = True, **fields: object) -> None:
        """Change columns of a run.

        A status of running or paused also notes this process as the owner, and any other one
        takes the owner away; `started_at` and `finished_at` follow the status unless given.
        """
        unknown = fields.keys() - _FIELDS
        if unknown:
            raise ValueError(f"a run has no column {', '.join(sorted(unknown))}")
        values = {
            column: to_json(value) if isinstance(value, Mapping) else value
            for column, value in fields.items()
        }
        if "status" in fields:
            values |= _owner() if fields["status"] in _LIVE else _NOBODY
            if fields["status"] in ("stopped", "finished", "failed"):
                values.setdefault("finished_at", now())
        changes = ", ".join(f"{column} = ?" for column in values)
        with self._sql.write(durable=durable):
            self._sql.run(f"UPDATE runs SET {changes} WHERE id = ?", (*values.values(), run_id))
            if fields.get("status") == "running" and "started_at" not in fields:
                self._sql.run(
                    "UPDATE runs SET started_at = coalesce(started_at, ?) WHERE id = ?",
                    (now(), run_id),
                )

    def rename(self, run_id: int, name: str) -> None:
        """Give a run another name."""
        self.update(run_id, name=name)

    def delete(self, run_id: int) -> None:
        """Remove a run with all that was derived from it."""
        with self._sql.write():
            arrays = self._sql.rows(_ARRAYS_OF_RUN, (run_id,))
            self._sql.run("DELETE FROM runs WHERE id = ?", (run_id,))
            self._arrays.delete(*(int(str(row[0])) for row in arrays))

    def training_images(self, run_id: int) -> np.ndarray:
        """The int64 ids of the images that a run trains on, in their fixed order."""
        array_id = self.get(run_id).images_array
        if array_id is not None:
            return self._arrays.get(array_id)
        return self._sql.column("SELECT id FROM images WHERE status = 'ok' ORDER BY root_id, path")

    def unfinished(self) -> list[RunRecord]:
        """Runs that say they are running, or paused, but whose process is gone."""
        rows = self._sql.rows(
            f"SELECT owner_pid, owner_host, owner_started, {_RUN.columns} FROM runs"
            " WHERE status IN ('running', 'paused') ORDER BY id"
        )
        return [_RUN.build(row[3:]) for row in rows if not self._lives(*row[:3])]

    def _lives(self, pid: object, host: object, started: object) -> bool:
        mine = (os.getpid(), socket.gethostname())
        if (pid, host) == mine:
            return _same_time(started, _started(os.getpid()))
        if not self._sql.read_only or not isinstance(pid, int):
            return False  # this process holds the lock, so no other one can be training
        return host != mine[1] or _same_time(started, _started(pid))

    # Figures and sentences

    def add_metrics(
        self, run_id: int, step: int, epoch: float, seconds: float, values: Mapping[str, float]
    ) -> None:
        """Store the figures of a step; those of the same step and name are replaced."""
        rows = [(run_id, name, step, epoch, seconds, float(v)) for name, v in values.items()]
        with self._sql.write(durable=False):
            self._sql.run_many(
                "INSERT INTO metrics (run_id, name, step, epoch, seconds, value)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " epoch = excluded.epoch, seconds = excluded.seconds, value = excluded.value",
                rows,
            )

    def metrics(self, run_id: int, names: Iterable[str] | None = None) -> dict[str, Series]:
        """By name: steps (int64), epochs and values (float64; NaN where not a number)."""
        wanted = list(self.metric_names(run_id) if names is None else names)
        found = {}
        for name in wanted:
            rows = self._sql.rows(
                "SELECT step, epoch, value FROM metrics WHERE run_id = ? AND name = ?"
                " ORDER BY step",
                (run_id, name),
            )
            table = np.array(rows, dtype=np.float64).reshape(-1, 3)
            found[name] = (table[:, 0].astype(np.int64), table[:, 1], table[:, 2])
        return found

    def curves(self, run_id: int) -> dict[str, np.ndarray]:
        """All figures by name: float64 (4, points) of steps, epochs, seconds and values.

        One pass over the table; values that were not numbers are NaN.
        """
        rows = self._sql.rows(
            "SELECT name, step, epoch, seconds, value FROM metrics WHERE run_id = ?"
            " ORDER BY name, step",
            (run_id,),
        )
        found: dict[str, list[object]] = {}
        for name, *point in rows:
            found.setdefault(str(name), []).append(point)
        return {name: np.array(points, np.float64).T for name, points in found.items()}

    def metric_names(self, run_id: int) -> list[str]:
        """The names of a run's figures, sorted."""
        rows = self._sql.rows(
            "WITH RECURSIVE found (name) AS (SELECT min(name) FROM metrics WHERE run_id = ?1"
            " UNION ALL SELECT (SELECT min(metrics.name) FROM metrics WHERE run_id = ?1 AND"
            " metrics.name > found.name) FROM found WHERE name IS NOT NULL)"
            " SELECT name FROM found WHERE name IS NOT NULL",
            (run_id,),
        )
        return [str(row[0]) for row in rows]

    def last_metrics(self, run_id: int) -> dict[str, float]:
        """The newest value of each figure."""
        newest = {}
        for name in self.metric_names(run_id):
            value = self._sql.value(
                "SELECT value FROM metrics WHERE run_id = ? AND name = ?"
                " ORDER BY step DESC LIMIT 1",
                (run_id, name),
            )
            newest[name] = value if isinstance(value, float) else float("nan")
        return newest

    def forget_after(self, run_id: int, step: int) -> None:
        """Drop figures and exhibits later than a step, before a run resumes from there."""
        with self._sql.write():
            self._sql.run("DELETE FROM metrics WHERE run_id = ? AND step > ?", (run_id, step))
            self._sql.run("DELETE FROM exhibits WHERE run_id = ? AND step > ?", (run_id, step))

    def add_log(self, run_id: int, level: str, text: str) -> None:
        """Store a sentence of a run."""
        with self._sql.write(durable=False):
            self._sql.run(
                "INSERT INTO run_log (run_id, at, level, text) VALUES (?, ?, ?, ?)",
                (run_id, now(), level, text),
            )

    def log(self, run_id: int) -> list[LogRow]:
        """The sentences of a run, oldest first."""
        rows = self._sql.rows(
            f"SELECT {_LOG.columns} FROM run_log WHERE run_id = ? ORDER BY id", (run_id,)
        )
        return [_LOG.build(row) for row in rows]

    # Checkpoints

    def save_checkpoint(
        self, run_id: int, step: int, epoch: float, kind: CheckpointKind, data: bytes
    ) -> int:
        """Store the full state of a run; once this returns, a crash cannot take it away.

        All of kind start and final stay; of epoch and timed the last two stay, and of the older
        epochs a few, spread evenly. Those that something refers to stay too.
        """
        array_id = self._arrays.write_chunks(data)
        with self._sql.write():
            self._arrays.complete(array_id)
            checkpoint_id = self._sql.run(
                "INSERT INTO checkpoints (run_id, step, epoch, kind, array_id, bytes, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (run_id, step, epoch, kind, array_id, len(data), now()),
            )
            self._thin(run_id)
        return checkpoint_id

    def checkpoints(self, run_id: int) -> list[CheckpointRecord]:
        """The checkpoints of a run, by step."""
        rows = self._sql.rows(
            f"SELECT {_CHECKPOINT.columns} FROM checkpoints WHERE run_id = ? ORDER BY step, id",
            (run_id,),
        )
        return [_CHECKPOINT.build(row) for row in rows]

    def checkpoint(self, checkpoint_id: int) -> CheckpointRecord:
        """One checkpoint. Raises ProjectError where there is none."""
        row = self._sql.row(
            f"SELECT {_CHECKPOINT.columns} FROM checkpoints WHERE id = ?", (checkpoint_id,)
        )
        if row is None:
            raise ProjectError(f"The project has no checkpoint {checkpoint_id}.")
        return _CHECKPOINT.build(row)

    def load_checkpoint(self, checkpoint_id: int) -> bytes:
        """The bytes that were saved, checked."""
        return self._arrays.get_bytes(self.checkpoint(checkpoint_id).array_id)

    def latest_checkpoint(self, run_id: int) -> CheckpointRecord | None:
        """Where a run can go on from."""
        found = self.checkpoints(run_id)
        return found[-1] if found else None

    def _thin(self, run_id: int) -> None:
        drop = superfluous(self.checkpoints(run_id))
        used = self._sql.column(
            "SELECT start_from FROM runs WHERE start_from IS NOT NULL"
            + "".join(
                f" UNION SELECT checkpoint_id FROM {table} WHERE checkpoint_id IS NOT NULL"
                for table in _ON_CHECKPOINTS
            )
        )
        for old in drop:
            if old.id not in used:
                self._sql.run("DELETE FROM checkpoints WHERE id = ?", (old.id,))
                self._arrays.delete(old.array_id)


def superfluous(checkpoints: list[CheckpointRecord]) -> list[CheckpointRecord]:
    """Which checkpoints of a run, given by step, need not be kept."""
    passing = [c for c in checkpoints if c.kind in ("epoch", "timed")]
    older = passing[:-LATEST]
    drop = [c for c in older if c.kind == "timed"]
    history = [c for c in older if c.kind == "epoch"]
    while len(history) > HISTORY:
        # The one whose absence leaves the smallest hole; of equals the latest, so that a young
        # run is not thinned from its start again and again.
        gaps = [history[i + 1].step - history[i - 1].step for i in range(1, len(history) - 1)]
        smallest = min(gaps)
        at = max(i for i, gap in enumerate(gaps) if gap == smallest) + 1
        drop.append(history.pop(at))
    return drop


_NOBODY: dict[str, object] = {"owner_pid": None, "owner_host": None, "owner_started": None}
_ARRAYS_OF_RUN = """
WITH sets AS (SELECT id, images_array, values_array FROM feature_sets WHERE run_id = ?1)
SELECT images_array FROM runs WHERE id = ?1 AND images_array IS NOT NULL
UNION SELECT array_id FROM checkpoints WHERE run_id = ?1
UNION SELECT images_array FROM sets UNION SELECT values_array FROM sets
UNION SELECT ids_array FROM neighbour_sets WHERE feature_set_id IN (SELECT id FROM sets)
UNION SELECT distances_array FROM neighbour_sets WHERE feature_set_id IN (SELECT id FROM sets)
UNION SELECT coordinates_array FROM projections WHERE feature_set_id IN (SELECT id FROM sets)
UNION SELECT images_array FROM projections
    WHERE feature_set_id IN (SELECT id FROM sets) AND images_array IS NOT NULL
UNION SELECT json_extract(settings, '$.predictions_array') FROM probes
    WHERE feature_set_id IN (SELECT id FROM sets)
    AND json_extract(settings, '$.predictions_array') IS NOT NULL
"""


def _owner() -> dict[str, object]:
    pid = os.getpid()
    return {
        "owner_pid": pid,
        "owner_host": socket.gethostname(),
        "owner_started": _started(pid),
    }


def _started(pid: int) -> float | None:
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def _same_time(stored: object, actual: float | None) -> bool:
    # A number of a process is used again after its end; the time of its start is not.
    return isinstance(stored, float) and actual is not None and abs(stored - actual) < 2
