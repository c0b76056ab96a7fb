"""Jigsaw's shuffles, tiles and pictures of puzzles."""

import math

import pytest
import torch
from torch import nn

from ssl_studio.images.augment import tiles
from ssl_studio.images.batch import Draw
from ssl_studio.methods.pretext.jigsaw import (
    JigsawSettings,
    assemble,
    framed,
    plan_cut,
    shuffled,
)
from tests.methods.toys import build, clock, data_info, one_step, pictures


@pytest.fixture
def method():
    return build("jigsaw")


@pytest.mark.parametrize(
    ("side", "gap", "cell", "tile", "shift"),
    [
        (32, "wide", 21, 16, 1),
        (64, "wide", 21, 16, 1),
        (96, "wide", 32, 24, 1),
        (128, "wide", 42, 32, 2),
        (225, "narrow", 75, 64, 2),
        (255, "wide", 85, 64, 2),
    ],
)
def test_pictures_are_cut_as_published(side, gap, cell, tile, shift):
    cut = plan_cut(side, 8, JigsawSettings(gap=gap))
    assert (cut.cell, cut.tile, cut.shift) == (cell, tile, shift)
    assert cut.cell - cut.tile >= 2 * cut.shift


@pytest.mark.parametrize("side", range(32, 257, 7))
@pytest.mark.parametrize("gap", ["wide", "narrow"])
def test_every_size_can_be_cut(side, gap):
    cut = plan_cut(side, 16, JigsawSettings(gap=gap, colour_shift=8))
    tiles(pictures(1), Draw(0, 1), cell=cut.cell, tile=cut.tile, shift=cut.shift)


@pytest.mark.parametrize("stride", [8, 16, 32, 64])
@pytest.mark.parametrize("side", [32, 64, 96, 128])
def test_no_tile_shrinks_to_one_place_before_the_last_layer(side, stride):
    cut = plan_cut(side, stride, JigsawSettings())
    assert cut.tile > stride / 2
    assert cut.tile < cut.cell


def test_a_slot_receives_the_tile_that_the_shuffle_names():
    rows = torch.arange(9)[None, :, None]
    order = torch.tensor([[[8, 0, 1, 2, 3, 4, 5, 6, 7]]])
    assert shuffled(rows, order)[0, 0, :, 0].tolist() == order[0, 0].tolist()


def test_sorting_by_the_answer_undoes_a_shuffle(method):
    rows = torch.rand(6, 9, 5)
    order = method.members[:6]
    puzzle = shuffled(rows, order[:, None])[:, 0]
    assert torch.equal(shuffled(puzzle, order.argsort(dim=1)[:, None])[:, 0], rows)


def test_shuffling_codes_is_shuffling_tiles(method):
    method.eval()
    pieces = method.views(pictures(4), Draw(0, 4))["tiles"]
    shuffle = torch.tensor([[0, 3], [1, 4], [2, 5], [5, 0]])
    _, codes = method.encode_tiles(pieces)
    by_code = method.solve(codes, shuffle)
    moved = shuffled(pieces, method.members[shuffle]).flatten(0, 1)
    by_tile = method.classify(method.encode_tiles(moved)[1])
    torch.testing.assert_close(by_code, by_tile, atol=1e-5, rtol=0)


def test_a_tile_is_seen_by_itself(method):
    method.eval()
    pieces = method.views(pictures(2), Draw(0, 2))["tiles"]
    other = pieces.clone()
    other[:, 1:] += 1
    before, after = method.encode_tiles(pieces)[1], method.encode_tiles(other)[1]
    torch.testing.assert_close(before[:, 0], after[:, 0])


def test_each_picture_is_shuffled_several_times(method):
    views = method.views(pictures(4), Draw(0, 4))
    assert views["tiles"].shape == (4, 9, 3, 16, 16)
    assert views["shuffle"].shape == (4, 4)
    assert views["shuffle"].max() < 6


def test_plain_pictures_cannot_be_solved(method):
    batch = pictures(16)
    batch.pixels.fill_(90)
    loss = one_step(method.eval(), batch, clock()).loss
    assert loss.item() >= math.log(6) - 0.05


class Knowing(nn.Module):
    """A solver that recognises tile codes that hold their own place."""

    def __init__(self, members):
        super().__init__()
        self.members = members

    def forward(self, codes):
        places = codes.view(len(codes), 9, -1)[..., 0].round().long()
        return 50.0 * (places[:, None] == self.members).all(dim=2).float()


def knowing(method, *, wrong=False):
    """The method with codes that tell the place of each tile, so that it answers right."""
    places = torch.arange(9.0)[None, :, None]
    method.encode_tiles = lambda t: (torch.zeros(9 * len(t), 4), places.expand(len(t), 9, 2))
    method.solver = Knowing(method.members.roll(1, dims=0) if wrong else method.members)
    return method.eval()


def test_figures_of_a_solver_that_knows(method):
    terms = one_step(knowing(method), pictures(8), clock()).terms
    assert terms["puzzle_accuracy"] == 1
    assert terms["correct_tiles"] == 9


def test_figures_of_a_solver_that_errs(method):
    terms = one_step(knowing(method, wrong=True), pictures(8), clock()).terms
    assert terms["puzzle_accuracy"] == 0
    assert terms["correct_tiles"] < 3


def test_a_solved_puzzle_shows_the_true_picture(method):
    exhibit = knowing(method).exhibits(pictures(3), Draw(0, 3))[0]
    shown = {panel.name: panel.pictures for panel in exhibit.panels}
    assert torch.equal(shown["solved"], shown["true"])
    assert not torch.equal(shown["shuffled"], shown["true"])
    assert all(caption.startswith("9 of 9 right, sure to 100%") for caption in exhibit.captions)


def test_a_wrong_answer_is_framed(method):
    exhibit = knowing(method, wrong=True).exhibits(pictures(3), Draw(0, 3))[0]
    shown = {panel.name: panel.pictures for panel in exhibit.panels}
    red = torch.tensor((0.9, 0.1, 0.1))[:, None]
    assert any(torch.equal(picture[:, 0, :2], red.expand(3, 2)) for picture in shown["solved"])


def test_frames_mark_chosen_tiles_only():
    pieces = torch.zeros(1, 9, 3, 12, 12)
    marked = torch.zeros(1, 9, dtype=torch.bool)
    marked[0, 4] = True
    out = framed(pieces, marked)
    assert out[0, 4, 0, 0, 0] > 0.8
    assert out[0, 4, 0, 6, 6] == 0
    assert out[0, [0, 1, 2, 3, 5, 6, 7, 8]].abs().max() == 0


def test_tiles_are_laid_out_row_by_row():
    pieces = torch.arange(9.0)[None, :, None, None, None].expand(1, 9, 3, 2, 2) / 10
    picture = assemble(pieces, 1)
    assert picture.shape == (1, 3, 8, 8)
    assert picture[0, 0, 0].tolist() == pytest.approx([0, 0, 1, 0.1, 0.1, 1, 0.2, 0.2])
    assert picture[0, 0, :, 0].tolist() == pytest.approx([0, 0, 1, 0.3, 0.3, 1, 0.6, 0.6])


def test_shuffles_are_part_of_the_state(method):
    assert torch.equal(method.state_dict()["members"], method.members)


def test_features_come_from_before_the_last_layer(method):
    assert method.feature_layer == method.backbone.layers[-2]


def test_few_images_get_few_shuffles():
    cls = type(build("jigsaw"))
    assert cls.propose(data_info(images=2_000, device="cuda"))["count"].value == 24
    assert "count" not in cls.propose(data_info(images=50_000, device="cuda"))


def test_without_a_layer_that_compares_each_tile_votes_by_itself():
    vote = build("jigsaw", head_width=0, count=7, permutations="greedy").eval()
    codes = torch.randn(2, 9, vote.settings.tile_width)
    silent = torch.zeros_like(codes)
    alone = [
        vote.classify(torch.where(torch.arange(9)[:, None] == n, codes, silent)) for n in range(9)
    ]
    nothing = vote.classify(silent)
    votes = torch.stack(alone).sum(dim=0) - 8 * nothing
    torch.testing.assert_close(votes, vote.classify(codes), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("side", "seen_at"), [(32, 64), (96, 96)])
def test_whole_pictures_are_looked_at_in_the_size_in_which_they_were_cut(side, seen_at):
    assert build("jigsaw", data_info(side=side)).picture_size == seen_at


def test_small_pictures_get_a_puzzle_that_their_compression_does_not_solve():
    small, large = (type(build("jigsaw")).propose(data_info(side=side)) for side in (32, 96))
    assert small["head_width"].value == 0
    assert small["crop"].value < 0.8
    assert "crop" not in large
