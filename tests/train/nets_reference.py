# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what PyTorch computes for a network with random weights, as safetensors. usage: nets_reference.py NETWORK WIDTH HEIGHT OUT
Tensors: every one of the state_dict under its name, and "input", "logits" (eval mode), "train_logits", "gradient.<name>" of sum(train_logits²)."""
import json, struct, sys
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F

network, width, height, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
torch.manual_seed(width * 1000 + height)


def double_conv(i, o):
    m = nn.Module()
    m.double_conv = nn.Sequential(nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(),
                                  nn.Conv2d(o, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU())
    m.forward = lambda x: m.double_conv(x)
    return m


class UNet(nn.Module):  # names of milesial/Pytorch-UNet
    def __init__(self, classes, base=8, depth=4):
        super().__init__()
        self.depth = depth
        self.inc = double_conv(3, base)
        for i in range(1, depth + 1):
            down = nn.Module()
            down.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), double_conv(base << (i - 1), base << i))
            setattr(self, f'down{i}', down)
        for i in range(1, depth + 1):
            o = base << (depth - i)
            up = nn.Module()
            up.up = nn.ConvTranspose2d(2 * o, o, 2, 2)
            up.conv = double_conv(2 * o, o)
            setattr(self, f'up{i}', up)
        self.outc = nn.Module()
        self.outc.conv = nn.Conv2d(base, classes, 1)

    def forward(self, x):
        skips = [self.inc(x)]
        for i in range(1, self.depth + 1):
            skips.append(getattr(self, f'down{i}').maxpool_conv(skips[-1]))
        x = skips.pop()
        for i in range(1, self.depth + 1):
            up, skip = getattr(self, f'up{i}'), skips.pop()
            y = up.up(x)
            y = F.pad(y, (0, skip.shape[3] - y.shape[3], 0, skip.shape[2] - y.shape[2]))
            x = up.conv(torch.cat([y, skip], 1))
        return self.outc.conv(x)


class ResNetUNet(nn.Module):  # layout of segmentation_models_pytorch over torchvision's encoder
    def __init__(self, name, decoder, classes):
        super().__init__()
        import torchvision
        self.encoder = getattr(torchvision.models, name)()
        del self.encoder.fc
        self.decoder = nn.Module()
        ins = [512, *decoder[:-1]]
        self.decoder.blocks = nn.ModuleList()
        for i, skip, o in zip(ins, [256, 128, 64, 64, 0], decoder):
            b = nn.Module()
            b.conv1 = nn.Sequential(nn.Conv2d(i + skip, o, 3, padding=1, bias=False), nn.BatchNorm2d(o))
            b.conv2 = nn.Sequential(nn.Conv2d(o, o, 3, padding=1, bias=False), nn.BatchNorm2d(o))
            self.decoder.blocks.append(b)
        self.segmentation_head = nn.Sequential(nn.Conv2d(decoder[-1], classes, 3, padding=1))

    def forward(self, x):
        size, e = x.shape[2:], self.encoder
        skips = [F.relu(e.bn1(e.conv1(x)))]
        x = e.maxpool(skips[0])
        for layer in (e.layer1, e.layer2, e.layer3, e.layer4):
            x = layer(x)
            skips.append(x)
        skips.pop()
        for b in self.decoder.blocks:
            skip = skips.pop() if skips else None
            x = F.interpolate(x, skip.shape[2:] if skip is not None else size, mode='nearest')
            if skip is not None:
                x = torch.cat([x, skip], 1)
            x = F.relu(b.conv2(F.relu(b.conv1(x))))
        return self.segmentation_head(x)


if network == 'unet':
    net = UNet(5)
else:
    net = ResNetUNet(network.split('_')[0], {'resnet18_unet': (128, 64, 32, 32, 16), 'resnet34_unet': (256, 128, 64, 32, 16)}[network], 5)
for m in net.modules():
    if isinstance(m, nn.BatchNorm2d):
        nn.init.uniform_(m.weight, .5, 1.5), nn.init.uniform_(m.bias, -.2, .2)
        m.running_mean.uniform_(-.1, .1), m.running_var.uniform_(.5, 1.5)
x = torch.randn(2, 3, height, width)
tensors = {k: v.clone() for k, v in net.state_dict().items()}
tensors['input'] = x
net.eval()
with torch.no_grad():
    tensors['logits'] = net(x)
net.train()
y = net(x)
tensors['train_logits'] = y
y.square().mean().backward()
for k, p in net.named_parameters():
    tensors['gradient.' + k] = p.grad
for k, b in net.named_buffers():
    tensors['after.' + k] = b
header, data = {}, b''
for k, t in tensors.items():
    raw = t.detach().contiguous().numpy().tobytes()
    header[k] = dict(dtype={torch.float32: 'F32', torch.int64: 'I64'}[t.dtype], shape=list(t.shape), data_offsets=[len(data), len(data) + len(raw)])
    data += raw
text = json.dumps(header).encode()
text += b' ' * (-len(text) % 8)
open(out, 'wb').write(struct.pack('<Q', len(text)) + text + data)
