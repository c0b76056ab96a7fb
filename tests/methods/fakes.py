"""Small methods that strain the contract where none of the real ones does.

They are not registered: a test hands them to the trainer. Each keeps a tiny record of what
happened to it in plain attributes that a test can look at.
"""

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ssl_studio import distributed
from ssl_studio.images.batch import Draw, ImageBatch
from ssl_studio.methods.base import (
    Clock,
    EpochStart,
    Method,
    MethodSettings,
    Needs,
    OptimiserSpec,
    Paper,
    ParamGroup,
    Stage,
    StepOutput,
    decay_groups,
)
from ssl_studio.networks.memory import MemoryBank
from ssl_studio.networks.momentum import MomentumCopy


def noisy(batch: ImageBatch, draw: Draw, amount: float = 0.1) -> Tensor:
    """(B, ..., 3, S, S) pictures in about [-1, 1] with noise."""
    x = batch.pixels.float() / 127.5 - 1
    return x + amount * draw.normal(shape=tuple(x.shape[1:]))


class Fake(Method):
    """What all fakes share: a head on the backbone, and noisy pictures."""

    family = "pretext"
    paper = Paper("A test", "Nobody", 2026, "0000.00000")
    explanation = "A method for tests."

    def __init__(self, backbone, settings, data):
        super().__init__(backbone, settings, data)
        self.head = nn.Linear(backbone.width, 8)

    def views(self, batch: ImageBatch, draw: Draw) -> Tensor:
        return noisy(batch, draw)

    def embed(self, x: Tensor) -> Tensor:
        return self.head(self.backbone(x)).float()


class Adversary(Fake):
    """Two optimisers with opposite aims, as the context encoder's (1604.07379).

    A critic tells true patches from predicted ones; the rest wants to please it. Each loss would
    also pull at the other's parameters, the wrong way.
    """

    id, title = "adversary", "Adversary"

    def __init__(self, backbone, settings, data):
        super().__init__(backbone, settings, data)
        self.critic = nn.Linear(8, 1)

    def optimisers(self, stage: Stage) -> dict[str, OptimiserSpec]:
        return {
            "main": OptimiserSpec("sgd", rate=0.05),
            "critic": OptimiserSpec("adamw", rate=0.01, schedule="constant"),
        }

    def param_groups(self, stage: Stage) -> list[ParamGroup]:
        of_critic = [(n, p) for n, p in self.trainable() if n.startswith("critic.")]
        rest = [(n, p) for n, p in self.trainable() if not n.startswith("critic.")]
        return decay_groups(rest) + decay_groups(of_critic, optimiser="critic", prefix="critic ")

    def step(self, views: Tensor, index: Tensor, clock: Clock) -> StepOutput:
        made = self.embed(views)
        true = F.adaptive_avg_pool2d(views, (2, 2)).flatten(1)[:, :8]
        pleased = F.softplus(-self.critic(made)).mean()
        unmasked = F.softplus(-self.critic(true)).mean() + F.softplus(self.critic(made)).mean()
        return StepOutput(pleased, others={"critic": unmasked}, embedding=made.detach())


class TwoStages(Fake):
    """First stretch features apart, then freeze the backbone and pull mined neighbours together.

    As SCAN (2005.12320): another loss, another optimiser and another head in each stage, and
    neighbours mined over the whole dataset in between.
    """

    id, title = "two-stages", "Two stages"

    def __init__(self, backbone, settings, data):
        super().__init__(backbone, settings, data)
        self.register_buffer("neighbour", torch.full((data.images,), -1))
        self.mined = 0

    def stages(self, epochs: int) -> list[Stage]:
        first = max(1, epochs // 2)
        return [Stage("stretch", first), Stage("pull", epochs - first)]

    def optimisers(self, stage: Stage) -> dict[str, OptimiserSpec]:
        if stage.name == "stretch":
            return {"main": OptimiserSpec("sgd", rate=0.05, warmup_epochs=1)}
        return {"main": OptimiserSpec("adamw", rate=0.01, schedule="constant")}

    def enter_stage(self, stage: Stage) -> None:
        self.backbone.requires_grad_(stage.name == "stretch")
        if stage.name == "pull":
            # A head of another shape: its state exists in this stage only.
            device = next(self.backbone.parameters()).device
            self.head = nn.Linear(self.backbone.width, 4, device=device)
            weights = torch.linspace(-0.1, 0.1, self.head.weight.numel())
            self.head.weight.data.copy_(weights.view(4, -1))
            self.head.bias.data.zero_()

    def begin_stage(self, stage: Stage, work) -> None:
        if stage.name == "pull":
            rows = F.normalize(work.features(self.backbone), dim=1)
            likeness = (rows @ rows.T).fill_diagonal_(-2)
            self.neighbour.copy_(likeness.argmax(dim=1))
            self.mined += 1

    def views(self, batch: ImageBatch, draw: Draw) -> Tensor:
        return noisy(batch, draw)

    def step(self, views: Tensor, index: Tensor, clock: Clock) -> StepOutput:
        z = self.embed(views)
        if clock.stage.name == "stretch":
            return StepOutput((z.std(dim=0) - 1).square().mean(), {"stretch": z.std().detach()})
        partner = self.neighbour[index]
        same = (partner[:, None] == index[None]).float()
        loss = F.cross_entropy(z @ z.T, (same + 1e-3) / (same + 1e-3).sum(dim=1, keepdim=True))
        return StepOutput(loss, {"pull": loss.detach()})


class FrameOrder(Fake):
    """Tells whether three neighbouring frames run forwards or backwards."""

    id, title = "frame-order", "Frame order"
    needs = Needs(frames=3)

    def __init__(self, backbone, settings, data):
        super().__init__(backbone, settings, data)
        self.judge = nn.Linear(24, 2)
        self.shapes: set[tuple[int, ...]] = set()

    def samples_per_epoch(self) -> int:
        return self.data.images - 2

    def order(self, epoch: int, generator: torch.Generator) -> Tensor:
        start = torch.randperm(self.data.images - 2, generator=generator)
        return start[:, None] + torch.arange(3)

    def views(self, batch: ImageBatch, draw: Draw) -> dict[str, Tensor]:
        self.shapes.add(tuple(batch.pixels.shape[1:]))
        return {"frames": noisy(batch, draw), "backwards": draw.chance(0.5)}

    def step(self, views: dict[str, Tensor], index: Tensor, clock: Clock) -> StepOutput:
        frames, backwards = views["frames"], views["backwards"]
        shown = torch.where(backwards[:, None, None, None, None], frames.flip(1), frames)
        z = self.embed(shown.flatten(0, 1)).view(len(shown), -1)
        loss = F.cross_entropy(self.judge(z).float(), backwards.long())
        return StepOutput(loss, {"order_loss": loss.detach()})


class Bank(Fake):
    """Each image should resemble what is remembered of it (NPID, 1805.01978).

    The bank is written after the optimiser, once for each step, whatever the micro-batches.
    """

    id, title = "bank", "Bank"

    def __init__(self, backbone, settings, data):
        super().__init__(backbone, settings, data)
        generator = torch.Generator().manual_seed(0)
        self.bank = MemoryBank(data.images, 8, generator=generator)
        self.writes = 0
        self._new: list[tuple[Tensor, Tensor]] = []

    def before_step(self, clock: Clock) -> None:
        self._new.clear()

    def step(self, views: Tensor, index: Tensor, clock: Clock) -> StepOutput:
        z = F.normalize(self.embed(views), dim=1)
        loss = F.cross_entropy(z @ self.bank.rows.T / 0.1, index)
        self._new.append((index, z.detach()))
        return StepOutput(loss, {"bank_share": self.bank.seen.float().mean()}, z.detach())

    def after_step(self, clock: Clock, *, stepped: bool) -> None:
        index, z = (torch.cat(parts) for parts in zip(*self._new, strict=True))
        self.bank.update(distributed.gather(index), distributed.gather(z))
        self.writes += 1


class LateHead(Fake):
    """The head stands still for the first steps: no gradient, no decay, no momentum."""

    id, title = "late-head", "Late head"
    STILL = 3

    def step(self, views: Tensor, index: Tensor, clock: Clock) -> StepOutput:
        z = self.embed(views)
        return StepOutput((z.std(dim=0) - 1).square().mean() + z.mean().square())

    def optimisers(self, stage: Stage) -> dict[str, OptimiserSpec]:
        return {"main": OptimiserSpec("adamw", rate=0.01, weight_decay=0.5)}

    def after_backward(self, clock: Clock) -> None:
        if clock.step < self.STILL:
            for parameter in self.head.parameters():
                parameter.grad = None


class Teacher(Fake):
    """A slow copy of the backbone is the target, and the encoder that is kept."""

    id, title = "teacher", "Teacher"

    def __init__(self, backbone, settings, data):
        super().__init__(backbone, settings, data)
        self.teacher = MomentumCopy(backbone)
        self.updates = 0

    @property
    def encoder(self):
        return self.teacher.module

    def step(self, views: Tensor, index: Tensor, clock: Clock) -> StepOutput:
        student = self.backbone(views).float()
        target = self.teacher(views.flip(3)).float()
        loss = (student - target).square().mean() + (student.std(dim=0) - 1).square().mean()
        return StepOutput(loss, embedding=student.detach())

    def momentum(self, clock: Clock) -> float:
        return 0.9 + 0.1 * clock.progress

    def after_step(self, clock: Clock, *, stepped: bool) -> None:
        if stepped:
            self.teacher.update(self.backbone, self.momentum(clock))
            self.updates += 1


class Continues(Fake):
    """Starts from the encoder of another run and trains a head on it, nothing else."""

    id, title = "continues", "Continues"
    needs = Needs(start_from=True)

    def __init__(self, backbone, settings, data):
        super().__init__(backbone, settings, data)
        self.backbone.requires_grad_(False)

    def step(self, views: Tensor, index: Tensor, clock: Clock) -> StepOutput:
        z = self.embed(views)
        return StepOutput((z.std(dim=0) - 1).square().mean(), embedding=z.detach())


class Relabels(Fake):
    """Gets a new head and new labels before every epoch (DeepCluster, SeLA).

    The head's parameters are other objects afterwards, and there are more of them each time.
    """

    id, title = "relabels", "Relabels"

    def __init__(self, backbone, settings, data):
        super().__init__(backbone, settings, data)
        self.register_buffer("labels", torch.zeros(data.images, dtype=torch.int64))

    def optimisers(self, stage: Stage) -> dict[str, OptimiserSpec]:
        main = self.main_optimiser()
        return {"main": main, "head": replace(main, kind="adamw", rate=0.01)}

    def param_groups(self, stage: Stage) -> list[ParamGroup]:
        head = [(n, p) for n, p in self.trainable() if n.startswith("head.")]
        body = [(n, p) for n, p in self.trainable() if not n.startswith("head.")]
        return [ParamGroup("body", body), ParamGroup("head", head, "head")]

    def before_epoch(self, clock: Clock, work) -> EpochStart:
        features = work.features(self.backbone)
        slots = 3 + clock.epoch
        self.labels.copy_(features[:, 0].argsort().argsort() * slots // len(features))
        self.head = self._new_head(slots)
        return EpochStart({"slots": float(slots)}, rebuild=("head",))

    def _new_head(self, slots: int) -> nn.Linear:
        head = nn.Linear(self.backbone.width, slots, device="meta").to_empty(device="cpu")
        nn.init.normal_(head.weight, std=0.01, generator=torch.Generator().manual_seed(slots))
        nn.init.zeros_(head.bias)
        return head.to(self.labels.device)

    def prepare_to_load(self, state) -> None:
        self.head = self._new_head(len(state["head.bias"]))

    def step(self, views: Tensor, index: Tensor, clock: Clock) -> StepOutput:
        return StepOutput(F.cross_entropy(self.embed(views), self.labels[index]))


FAKES = (
    Adversary,
    TwoStages,
    FrameOrder,
    Bank,
    LateHead,
    Teacher,
    Continues,
    Relabels,
)


def build_fake(cls: type[Fake], data, backbone, *, seed: int = 0) -> Fake:
    """A fake with weights of its own that depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return cls(backbone, MethodSettings(learning_rate=0.02), data)
