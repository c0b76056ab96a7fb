"""What comes back when a project is opened again: page, selection, filter, what was looked at."""

import json
from dataclasses import dataclass

from ssl_studio.gui.filter_json import filter_from_json, filter_to_json
from ssl_studio.gui.preferences import Preferences
from ssl_studio.gui.studio import Studio
from ssl_studio.project.file import Project

SELECTION_KEPT = 20_000
"""Ids of larger selections are not kept: reading them back would delay the start."""


@dataclass(frozen=True, slots=True)
class Session:
    """Where the user was. Ids may have vanished since; `still_there` weeds them out."""

    page: str = ""
    selection: tuple[int, ...] = ()
    filter: dict[str, object] | None = None
    run_id: int | None = None
    feature_set_id: int | None = None
    clustering_id: int | None = None
    query: int | None = None


def save(studio: Studio, page: str) -> None:
    """Keep where the user is in the open project."""
    if studio.path is None or not studio.is_open:
        return
    kept = studio.selection if len(studio.selection) <= SELECTION_KEPT else studio.selection[:0]
    stored = {
        "page": page,
        "selection": kept.tolist(),
        "filter": _storable(filter_to_json(studio.filter)),
        "run_id": studio.run_id,
        "feature_set_id": studio.feature_set_id,
        "clustering_id": studio.clustering_id,
        "query": studio.query,
    }
    studio.preferences.set_session(str(studio.path), json.dumps(stored))


def _storable(wanted: dict[str, object]) -> dict[str, object]:
    """A filter without lists of images that are too long to keep."""
    picked = wanted.get("image_ids")
    if isinstance(picked, list | tuple) and len(picked) > SELECTION_KEPT:
        return {name: value for name, value in wanted.items() if name != "image_ids"}
    return wanted


def stored(preferences: Preferences, path: str) -> Session:
    """Where the user was in a project; at its beginning if nothing sensible is stored."""
    try:
        found = json.loads(preferences.session(path) or "{}")
        selection = tuple(int(image_id) for image_id in found.get("selection", ()))
        ids = {
            name: found.get(name) if isinstance(found.get(name), int) else None
            for name in ("run_id", "feature_set_id", "clustering_id", "query")
        }
        return Session(str(found.get("page", "")), selection, found.get("filter"), **ids)
    except (ValueError, TypeError, AttributeError):
        return Session()


def still_there(project: Project, session: Session) -> Session:
    """The session without what has vanished from the project meanwhile."""
    known = {image.id for image in project.images.get(session.selection)}
    runs = {run.id for run in project.runs.all()}
    features = {features.id for features in project.features.all()}
    clusterings = {clustering.id for clustering in project.clusterings.all()}
    query = session.query
    if query is not None and not project.images.get([query]):
        query = None
    return Session(
        session.page,
        tuple(image_id for image_id in session.selection if image_id in known),
        session.filter,
        session.run_id if session.run_id in runs else None,
        session.feature_set_id if session.feature_set_id in features else None,
        session.clustering_id if session.clustering_id in clusterings else None,
        query,
    )


def take_up(studio: Studio, session: Session) -> None:
    """Go on where the user was, except for what was chosen anew meanwhile."""
    if session.filter and studio.filter.is_empty:
        studio.set_filter(filter_from_json(session.filter))
    if session.run_id is not None and studio.run_id is None:
        studio.set_run(session.run_id)
    if session.feature_set_id is not None and studio.feature_set_id is None:
        studio.set_feature_set(session.feature_set_id)
    if session.clustering_id is not None and studio.clustering_id is None:
        studio.set_clustering(session.clustering_id)
    if session.query is not None and studio.query is None:
        studio.set_query(session.query, show_page=False)
    if session.selection and not len(studio.selection):
        studio.select(session.selection)
