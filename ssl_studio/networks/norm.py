"""BatchNorm over the batch of all processes, on CPUs too.

torch's SyncBatchNorm refuses CPU tensors. These layers share mean and variance through
`ssl_studio.distributed`; gradients flow through what is shared, so that with gradients averaged
over processes a step equals that of one process with the whole batch. In one process they are
BatchNorm and nothing else.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ssl_studio import distributed


def synchronised(module: nn.Module) -> nn.Module:
    """The module with every BatchNorm1d and BatchNorm2d inside replaced by its shared form.

    Parameters and buffers stay the same objects under the same names. Changes the module in place;
    use what is returned, as the module may itself be a BatchNorm.
    """
    for name, child in module.named_children():
        setattr(module, name, synchronised(child))
    shared = _SHARED.get(type(module))
    return module if shared is None else shared.taking_over(cast(_BatchNorm, module))


class _SharedStatistics(_BatchNorm):
    """What both layers do: (B, C, ...) normalised over all but C, over all processes."""

    @classmethod
    def taking_over(cls, layer: _BatchNorm) -> "_SharedStatistics":
        """The same layer, with shared statistics."""
        new = cls(layer.num_features, layer.eps, layer.momentum, affine=False)
        new.affine, new.track_running_stats = layer.affine, layer.track_running_stats
        new._parameters, new._buffers = layer._parameters, layer._buffers
        return new.train(layer.training)

    def forward(self, input: Tensor) -> Tensor:
        """Normalise; in training and across processes with the mean and variance of all."""
        if not self.training or distributed.world() == 1:
            return super().forward(input)
        mean, variance, count = _shared_moments(input)
        self._remember(mean.detach(), variance.detach() * count / (count - 1))
        return self._normalised(input, mean, variance)

    def _normalised(self, x: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
        scale = torch.rsqrt(variance + self.eps)
        if self.weight is not None:
            scale = scale * self.weight.float()
        shift = -mean * scale
        if self.bias is not None:
            shift = shift + self.bias.float()
        shape = (1, -1) + (1,) * (x.dim() - 2)
        return (x.float() * scale.view(shape) + shift.view(shape)).to(x.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        if self.running_mean is None or self.running_var is None:
            return
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        share = self.momentum
        if share is None:  # a plain mean over all batches so far
            share = 1 / float(self.num_batches_tracked)
        self.running_mean.lerp_(mean.to(self.running_mean), share)
        self.running_var.lerp_(variance.to(self.running_var), share)


class SharedBatchNorm1d(_SharedStatistics, nn.BatchNorm1d):
    """BatchNorm1d over the rows of all processes."""


class SharedBatchNorm2d(_SharedStatistics, nn.BatchNorm2d):
    """BatchNorm2d over the images of all processes."""


_SHARED: dict[type[nn.Module], type[_SharedStatistics]] = {
    nn.BatchNorm1d: SharedBatchNorm1d,
    nn.BatchNorm2d: SharedBatchNorm2d,
}


def _shared_moments(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean (C,), biased variance (C,) and count () over all processes, in fp32.

    Means and variances are merged, not sums of squares, which would lose digits where the mean is
    large. Processes may hold batches of different size.
    """
    dims = [0, *range(2, x.dim())]
    local_variance, local_mean = torch.var_mean(x.float(), dim=dims, correction=0)
    local_count = local_mean.new_full((1,), x.numel() / x.shape[1])
    row = torch.cat([local_mean, local_variance, local_count])[None]
    rows, channels = distributed.gather_with_gradient(row), x.shape[1]
    means, variances, counts = rows[:, :channels], rows[:, channels:-1], rows[:, -1:]
    count = counts.detach().sum()
    shares = counts.detach() / count
    mean = (shares * means).sum(dim=0)
    variance = (shares * (variances + (means - mean).square())).sum(dim=0)
    return mean, variance, count
