from dataclasses import replace

from ssl_studio.gui.pages.cost import memory_words, more_words, time_words, warning_words
from ssl_studio.jobs.estimate import EstimateResult, Tried

FOUND = EstimateResult(36_000, Tried(100.0, 2_000_000_000), 400_000_000, 16_000_000_000, "cpu")


def test_time_and_speed() -> None:
    assert time_words(FOUND, 10) == "About 1 h for 10 epochs at 100 images/s"
    assert time_words(FOUND, 1) == "About 6 min for 1 epoch at 100 images/s"


def test_memory_is_that_of_step_and_pixels() -> None:
    assert memory_words(FOUND).startswith("About 2.4 GB of memory")
    assert "16.0 GB of this computer" in memory_words(FOUND)
    assert "of the GPU" in memory_words(replace(FOUND, device="cuda"))


def test_what_fits_needs_no_warning() -> None:
    assert warning_words(FOUND) == ""


def test_too_little_memory_is_said_with_a_remedy() -> None:
    assert "Take a smaller batch" in warning_words(replace(FOUND, free_bytes=2_000_000_000))


def test_a_batch_in_parts_is_said() -> None:
    assert "in 4 parts" in warning_words(replace(FOUND, tried=Tried(90.0, 1, parts=4)))


def test_a_failed_try_says_why() -> None:
    failed = replace(FOUND, tried=Tried(problem="The batch is larger than the images."))
    assert time_words(failed, 3) == "The speed could not be tried."
    assert warning_words(failed) == "The batch is larger than the images."
    assert memory_words(failed) == ""


def test_work_between_epochs_is_part_of_the_time() -> None:
    slow = replace(FOUND, tried=Tried(100.0, 1, between_s=120.0))
    assert time_words(slow, 1).startswith("About 8 min")
    assert more_words(slow).startswith("25 % of that is work")
    assert "of that" not in more_words(FOUND)
