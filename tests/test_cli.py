import json
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from ssl_studio.cli.app import Window
from ssl_studio.cli.commands import cli
from ssl_studio.cli.console import ExitCode, Printer, plain, run_job
from ssl_studio.cli.options import latest_features
from ssl_studio.errors import Cancelled, StudioError
from ssl_studio.events import Cancel, Metric, Note, Progress, Report
from ssl_studio.project.file import Project
from tests.jobs.tiny import SETTINGS, TRAINING
from tests.pictures import draw_folder

opened: list[Path | None] = []


def _shoot(
    project: Path,
    outdir: Path,
    sizes: Sequence[tuple[int, int]],
    themes: Sequence[str],
    pages: Sequence[str],
    run: int | None,
) -> list[Path]:
    names = [f"{theme}-{w}x{h}" for theme in themes for w, h in sizes]
    return [outdir / f"{page}{run or ''}-{name}.png" for page in pages or ["all"] for name in names]


def _open(project: Path | None) -> int:
    opened.append(project)
    return 0


def call(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments], obj=Window(_open, _shoot))


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project made, trained and looked at by commands alone."""
    home = tmp_path_factory.mktemp("walk")
    draw_folder(home / "pictures", per_class=24)
    project = home / "p.sslstudio"
    sets = [f"--set={name}={value}" for name, value in {**TRAINING, **SETTINGS}.items()]
    assert call("new", project, home / "pictures").exit_code == 0
    assert call("train", project, "simclr", *sets).exit_code == 0
    assert call("discover", project).exit_code == 0
    return project


def _commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path}{name} ")
        yield f"{path}{name}", command


@pytest.mark.parametrize(("name", "command"), list(_commands(cli)), ids=lambda value: str(value))
def test_every_command_has_help_with_an_example(name: str, command: click.Command) -> None:
    assert f"ssl-studio {name}" in (command.help or "")
    assert len((command.help or "").splitlines()[0]) <= 60
    arguments_without_help = [
        p.name for p in command.params if isinstance(p, click.Option) and not p.help
    ]
    assert arguments_without_help == []


def test_exit_codes_are_documented() -> None:
    text = call("--help").output
    assert all(f"\n    {int(code)} " in text for code in ExitCode)


def test_no_command_opens_the_window() -> None:
    assert call().exit_code == 0
    assert opened[-1] is None


def test_project_file_opens_in_the_window(tmp_path: Path) -> None:
    assert call(tmp_path / "birds.sslstudio").exit_code == 0
    assert opened[-1] == tmp_path / "birds.sslstudio"


def test_runs_are_listed(walked: Path) -> None:
    (listed,) = json.loads(call("runs", walked, "--json").stdout)
    assert listed["run"]["status"] == "finished"
    assert listed["metrics"]["loss"] > 0
    assert "SimCLR" in call("runs", walked).stdout


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("scan",), "images"),
        (("embed", "--source", "pixels"), "feature_set_id"),
        (("cluster", "--features", "1", "-k", "4"), "clusters"),
        (("neighbours", "--features", "1", "-k", "5"), "neighbour_set_id"),
        (("neighbours", "--features", "1", "--image", "circles/circles-0001.jpg"), "neighbours"),
        (("changes", "--features", "1", "--with", "1"), "most_changed"),
        (("map", "--features", "1", "--algorithm", "pca"), "projections"),
        (("probe", "--features", "1", "--kind", "knn"), "scores"),
        (("probe", "--features", "1", "--kind", "knn", "--references"), "results"),
        (("probe-layers", "--features", "1"), "scores"),
        (("probe-epochs", "--features", "1"), "scores"),
        (("exhibits", "--kind", "filters"), "pictures"),
        (("filters",), "epochs"),
        (("units", "--layer", "conv2", "--images", "30"), "survey_id"),
        (("maximise", "--layer", "conv1", "--unit", "2", "--steps", "4"), "over_noise"),
        (("discover",), "clusters"),
        (("check",), "findings"),
        (("backup",), "path"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_results_are_json_for_programs(walked: Path, arguments: tuple[str, ...], key: str) -> None:
    result = call(arguments[0], walked, *arguments[1:], "--json")
    assert result.exit_code == 0, result.output
    assert key in json.loads(result.stdout)


@pytest.mark.parametrize("what", ["features", "clusters", "report", "curves", "tags", "comparison"])
def test_export_prints_the_files(walked: Path, tmp_path: Path, what: str) -> None:
    result = call("export", what, walked, tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert all(Path(line).exists() for line in result.stdout.splitlines())


def test_export_of_the_encoder_can_leave_onnx_out(walked: Path, tmp_path: Path) -> None:
    result = call("export", "encoder", walked, tmp_path / "out", "--no-onnx", "--json")
    assert {Path(path).suffix for path in json.loads(result.stdout)["files"]} == {
        ".safetensors",
        ".json",
        ".md",
    }


def test_the_latest_features_are_no_reference(walked: Path) -> None:
    made = json.loads(call("embed", walked, "--source", "pixels", "--json").stdout)
    with Project.open(walked) as project:
        chosen = project.features.get(latest_features(walked))
        assert chosen.source == "run"
        assert chosen.id < made["feature_set_id"]


def test_methods_and_their_settings_are_listed() -> None:
    assert {"simclr", "mae"} <= {
        card["id"] for card in json.loads(call("methods", "--json").stdout)
    }
    text = call("methods", "simclr").stdout
    assert "temperature = 0.5" in text
    assert "arXiv 2002.05709" in text


def test_settings_of_the_named_method_are_options_of_train(walked: Path) -> None:
    text = call("train", walked, "simclr", "--help").stdout
    assert "--crop-min" in text
    assert "--batch-size" in text
    assert "--crop-min" not in call("train", walked, "--help").stdout


def test_units_are_listed_with_the_labels_they_go_with(walked: Path) -> None:
    told = call("units", walked, "--layer", "conv3").stdout
    assert "units of conv3, seen on 72 images" in told
    assert "told apart" in told


def test_attention_of_convolutions_is_refused(walked: Path) -> None:
    result = call("attention", walked, "--image", "1")
    assert result.exit_code == 1
    assert "has no attention" in result.output


def test_options_reach_the_run(walked: Path) -> None:
    result = call("train", walked, "simclr", "--temperature", "0.3", "--epochs", "3", "--no-flip",
                  "--later")  # fmt: skip
    assert result.exit_code == 0, result.output
    with Project.open(walked) as project:
        record = project.runs.all()[-1]
        project.runs.delete(record.id)
    assert (record.settings["temperature"], record.training["epochs"]) == (0.3, 3)
    assert record.settings["flip"] is False
    assert record.status == "queued"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("train", "simclrr"), "Did you mean “simclr”"),
        (("train", "simclr", "--set", "temperatur=1"), "Did you mean temperature"),
        (("train",), "name a METHOD"),
        (("train", "simclr", "--queued"), "name a METHOD"),
    ],
)
def test_wrong_use_is_told_with_code_2(
    walked: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = call(arguments[0], walked, *arguments[1:])
    assert result.exit_code == ExitCode.USAGE
    assert words in result.stderr


def test_what_a_user_can_mend_is_told_with_code_1(walked: Path) -> None:
    result = call("train", walked, "simclr", "--temperature", "-1")
    assert result.exit_code == ExitCode.ERROR
    assert "temperature" in result.stderr
    assert "→" in result.stderr
    assert "Traceback" not in result.output


def test_nothing_to_resume_is_told(walked: Path) -> None:
    result = call("train", walked, "--resume")
    assert (result.exit_code, "No run was cut short" in result.stderr) == (ExitCode.ERROR, True)


def test_damage_has_a_code_of_its_own(walked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Project, "check", lambda *_: ["array 3 does not match its checksum"])
    result = call("check", walked)
    assert result.exit_code == ExitCode.FINDINGS
    assert "array 3" in result.stdout


def test_shoot_passes_sizes_and_themes(walked: Path, tmp_path: Path) -> None:
    result = call("shoot", walked, tmp_path, "--size", "800x600", "--theme", "dark")
    assert result.stdout.split() == [str(tmp_path / "all-dark-800x600.png")]
    result = call("shoot", walked, tmp_path, "--page", "map", "--run", 1, "--theme", "light")
    assert result.stdout.split() == [str(tmp_path / "map1-light-1280x800.png")]
    assert call("shoot", walked, tmp_path, "--size", "big").exit_code == ExitCode.USAGE


@dataclass(frozen=True)
class Interrupted:
    """A job during which somebody presses Ctrl-C."""

    title: str = "Waiting"

    def run(self, project_path: Path, report: Report, cancel: Cancel) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        assert cancel.requested
        cancel.check()


def test_ctrl_c_asks_the_job_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Cancelled):
        run_job(Interrupted(), tmp_path)
    assert signal.getsignal(signal.SIGINT) is before


def test_stopped_command_ends_with_130(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssl_studio.cli.projects.CheckJob", Interrupted)
    Project.create(tmp_path / "p.sslstudio").close()
    assert call("check", tmp_path / "p.sslstudio").exit_code == ExitCode.CANCELLED


def test_log_gets_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    printer = Printer("Working")
    for event in (
        Progress(1, 2, "half"),
        Metric(4, 1.0, {"loss": 0.5}),
        Note("alarm", "It collapses."),
    ):
        printer.report(event)
    printer.close()
    said = capsys.readouterr().err
    assert said.splitlines() == [
        "Working …",
        "  half",
        "  epoch 1.00  step 4  loss 0.5",
        "!! It collapses.",
    ]


def test_person_gets_a_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    printer = Printer("Working")
    threads = [threading.Thread(target=printer.report, args=(Progress(2, 2, "x"),)) for _ in "ab"]
    for thread in threads:
        thread.start()
        thread.join()
    assert "[########################] 100% x" in capsys.readouterr().err


def test_json_knows_no_nan() -> None:
    assert plain({"a": float("nan"), "b": [Path("x"), (1, None)]}) == {
        "a": None,
        "b": ["x", [1, None]],
    }


def test_error_is_what_why_and_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise StudioError("It broke.", "It was old.", "Mend it.")

    monkeypatch.setattr("ssl_studio.cli.projects.run_job", fail)
    Project.create(tmp_path / "p.sslstudio").close()
    said = call("check", tmp_path / "p.sslstudio").stderr.splitlines()
    assert said == ["Error: It broke.", "  It was old.", "  → Mend it."]
