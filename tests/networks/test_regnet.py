import torch

from ssl_studio.networks.backbone import create_backbone


def test_small_images_keep_twice_the_places() -> None:
    small, full = (
        create_backbone("regnet_y_400mf", 64, stem=stem, seed=0).eval() for stem in ("auto", "full")
    )
    sides = [
        net.maps(torch.zeros(1, 3, 64, 64), ["conv5"])["conv5"].shape[-1] for net in (small, full)
    ]
    assert sides == [4, 2]


def test_zero_gamma_makes_blocks_the_identity() -> None:
    net = create_backbone("regnet_y_400mf", 32, zero_gamma=True, seed=0).net
    zeroed = [
        name
        for name, p in net.named_parameters()
        if p.dim() == 1 and "weight" in name and (p == 0).all()
    ]
    blocks = {name.rsplit(".f.", 1)[0] for name, _ in net.named_parameters() if ".f." in name}
    assert len(zeroed) == len(blocks)
