# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what PyTorch computes for a network with random weights, as safetensors. usage: nets_reference.py NETWORK OUT [library]
NETWORK:open: batch norms put every number well above 0, so that no ReLU switches and gradients are well conditioned.
With `library` the networks of segmentation_models_pytorch and fastai are used, else those written down here and torchvision's.
Tensors: every one of the state_dict under its name; "input.<i>", "logits.<i>" (eval mode) for three sizes; of the second size in training
mode without dropout "train_logits", "aux_logits", "gradient.<name>" of mean(train_logits²) + mean(aux_logits²)/2, "after.<name>" of the
buffers, "sgd.<name>" and (of small networks) "adamw.<name>" after one step from these gradients; and in double precision "exact_eval_logits.<i>",
"exact_logits", "exact_aux_logits", "exact.<name>", "exact_after.<name>". Of large tensors every n-th number (see `thinned`)."""
import ctypes, json, os, struct, sys
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F

(network, _, variant), out, library = sys.argv[1].partition(':'), sys.argv[2], len(sys.argv) > 3
CLASSES = 12
SIZES = [(64, 64), (64, 96), (96, 32) if library and network.endswith('_unet') else (45, 67)]  # height, width; smp takes multiples of 32 alone
torch.manual_seed(3)
torch.set_num_threads(1)
libc = ctypes.CDLL(None)
libc.mallopt(-4, 0), libc.mallopt(-1, 2 ** 31 - 1)  # M_MMAP_MAX, M_TRIM_THRESHOLD: large tensors come and go without page faults


def double_conv(i, o, inner=None):
    inner = inner or o
    m = nn.Module()
    m.double_conv = nn.Sequential(nn.Conv2d(i, inner, 3, padding=1, bias=False), nn.BatchNorm2d(inner), nn.ReLU(),
                                  nn.Conv2d(inner, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU())
    m.forward = lambda x: m.double_conv(x)
    return m


class UNet(nn.Module):  # names of milesial/Pytorch-UNet
    def __init__(self, classes, base=8, depth=4, bilinear=False):
        super().__init__()
        self.depth = depth
        self.inc = double_conv(3, base)
        for i in range(1, depth + 1):
            down = nn.Module()
            down.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), double_conv(base << (i - 1), (base << i) // (2 if bilinear and i == depth else 1)))
            setattr(self, f'down{i}', down)
        for i in range(1, depth + 1):
            o = base << (depth - i)
            up = nn.Module()
            up.up = nn.Upsample(scale_factor=2, mode='bilinear', align_corners=True) if bilinear else nn.ConvTranspose2d(2 * o, o, 2, 2)
            up.conv = double_conv(2 * o, o // 2 if bilinear and i < depth else o, o)
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
            x = up.conv(torch.cat([skip, y], 1))
        return self.outc.conv(x)


class ResNetUNet(nn.Module):  # layout of segmentation_models_pytorch over torchvision's encoder
    def __init__(self, name, decoder, classes):
        super().__init__()
        import torchvision
        self.encoder = getattr(torchvision.models, name)()
        del self.encoder.fc
        self.decoder = nn.Module()
        self.decoder.blocks = nn.ModuleList()
        bottleneck = name == 'resnet50'
        ins = [2048 if bottleneck else 512, *decoder[:-1]]
        for i, skip, o in zip(ins, [1024, 512, 256, 64, 0] if bottleneck else [256, 128, 64, 64, 0], decoder):
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


class Fcn8s(nn.Module):  # wkentaro/pytorch-fcn
    def __init__(self, blocks):
        super().__init__()
        i = 3
        for b, (n, o) in enumerate(zip(blocks, (64, 128, 256, 512, 512)), 1):
            for k in range(1, n + 1):
                setattr(self, f'conv{b}_{k}', nn.Conv2d(i, o, 3, padding=100 if b + k == 2 else 1))
                i = o
        self.blocks = blocks
        self.fc6, self.fc7 = nn.Conv2d(512, 4096, 7), nn.Conv2d(4096, 4096, 1)
        self.score_fr, self.score_pool3, self.score_pool4 = (nn.Conv2d(w, CLASSES, 1) for w in (4096, 256, 512))
        self.upscore2, self.upscore8, self.upscore_pool4 = (nn.ConvTranspose2d(CLASSES, CLASSES, k, k // 2, bias=False) for k in (4, 16, 4))

    def forward(self, x):
        cut = lambda t, at, like: t[:, :, at:at + like.shape[2], at:at + like.shape[3]]
        h, pools = x, []
        for b, n in enumerate(self.blocks, 1):
            for k in range(1, n + 1):
                h = F.relu(getattr(self, f'conv{b}_{k}')(h))
            h = F.max_pool2d(h, 2, 2, ceil_mode=True)
            pools.append(h)
        h = self.upscore2(self.score_fr(F.relu(self.fc7(F.relu(self.fc6(h))))))
        h = self.upscore_pool4(h + cut(self.score_pool4(pools[3]), 5, h))
        h = self.upscore8(h + cut(self.score_pool3(pools[2]), 9, h))
        return cut(h, 31, x)


class Fcn8sTensorflow(nn.Module):  # shekkizh/FCN.tensorflow; SAME padding from TensorFlow's own formula
    def __init__(self, name):
        super().__init__()
        import torchvision
        self.features = getattr(torchvision.models, name)().features
        used = 1 + [i for i, m in enumerate(self.features) if isinstance(m, nn.Conv2d)][-1 if name == 'vgg16' else -2]
        self.features = self.features[:used]
        self.conv6, self.conv7, self.conv8 = nn.Conv2d(512, 4096, 7, padding=3), nn.Conv2d(4096, 4096, 1), nn.Conv2d(4096, CLASSES, 1)
        self.conv_t1, self.conv_t2 = nn.ConvTranspose2d(CLASSES, 512, 4, 2), nn.ConvTranspose2d(512, 256, 4, 2)
        self.conv_t3 = nn.ConvTranspose2d(256, CLASSES, 16, 8)

    @staticmethod
    def pool(x, kind):
        h, w = x.shape[2] % 2, x.shape[3] % 2
        if kind == 'max':
            return F.max_pool2d(F.pad(x, (0, w, 0, h), value=-1e30), 2)
        weight = F.pad(torch.ones_like(x), (0, w, 0, h))
        return F.avg_pool2d(F.pad(x, (0, w, 0, h)), 2) / F.avg_pool2d(weight, 2)

    @staticmethod
    def up(layer, x, like):
        y = layer(x)
        for axis in (2, 3):
            size = like.shape[axis]
            total = max((-(-size // layer.stride[0]) - 1) * layer.stride[0] + layer.kernel_size[0] - size, 0)
            y = y.narrow(axis, total // 2, size)
        return y

    def forward(self, x):
        h, pools = x, []
        for m in self.features:
            if isinstance(m, nn.MaxPool2d):
                h = self.pool(h, 'avg')
                pools.append(h)
            else:
                h = F.relu(h) if isinstance(m, nn.ReLU) else m(h)
        h = self.conv8(F.relu(self.conv7(F.relu(self.conv6(self.pool(h, 'max'))))))
        h = self.up(self.conv_t1, h, pools[3]) + pools[3]
        h = self.up(self.conv_t2, h, pools[2]) + pools[2]
        return self.up(self.conv_t3, h, x)


class Dynamic(nn.Module):  # fastai's DynamicUnet on torchvision's resnet34; `two`: fastai 2
    class Shuffle(nn.Module):
        def __init__(self, i, o, two):
            super().__init__()
            conv = nn.Sequential(nn.Conv2d(i, 4 * o, 1))
            if two:
                self.add_module('0', conv)
            else:
                self.conv = conv

        def forward(self, x):
            return F.pixel_shuffle(F.relu((self.conv if hasattr(self, 'conv') else getattr(self, '0'))(x)), 2)

    def __init__(self, two):
        super().__init__()
        import torchvision
        conv = lambda i, o, k=3: nn.Sequential(nn.Conv2d(i, o, k, padding=k // 2))
        body = nn.Sequential(*list(torchvision.models.resnet34().children())[:-2])
        self.layers = nn.ModuleList([body, nn.BatchNorm2d(512), nn.ReLU(), nn.Sequential(conv(512, 1024), conv(1024, 512))])
        i = 512
        for skip in (256, 128, 64, 64):
            b = nn.Module()
            b.shuf, b.bn = Dynamic.Shuffle(i, i // 2, two), nn.BatchNorm2d(skip)
            joined = i // 2 + skip
            i = joined // 2 if len(self.layers) == 7 else joined
            b.conv1, b.conv2 = conv(joined, i), conv(i, i)
            self.layers.append(b)
        self.layers.append(Dynamic.Shuffle(i, i, two))
        i += 3
        last = nn.Module()
        parts = [conv(i, i if two else i // 2), conv(i if two else i // 2, i)]
        if two:
            last.convpath = nn.Sequential(*parts)
        else:
            last.layers = nn.ModuleList(parts)
        self.layers.extend([nn.Identity()] * (2 if two else 1) + [last, conv(i, CLASSES, 1)])
        self.two = two

    def forward(self, x):
        L, skips, h = self.layers, [], x
        for k, m in enumerate(L[0]):
            h = m(h)
            if k in (2, 4, 5, 6):
                skips.append(h)
        h = F.relu(L[1](h))
        h = F.relu(L[3][1](F.relu(L[3][0](h))))
        for b in L[4:8]:
            s, h = skips.pop(), b.shuf(h)
            if h.shape[2:] != s.shape[2:]:
                h = F.interpolate(h, s.shape[2:], mode='nearest')
            h = F.relu(b.conv2(F.relu(b.conv1(F.relu(torch.cat([h, b.bn(s)], 1))))))
        h = L[8](h)
        if h.shape[2:] != x.shape[2:]:
            h = F.interpolate(h, x.shape[2:], mode='nearest')
        h = torch.cat([h, x], 1)
        if self.two:
            h = F.relu(L[11].convpath[1](F.relu(L[11].convpath[0](h))) + h)
        else:
            h = F.relu(L[10].layers[1](F.relu(L[10].layers[0](h)))) + h
        return L[-1](h)


def make():
    if network == 'unet':
        return UNet(CLASSES, bilinear=variant == 'bilinear')
    if network.startswith('fcn8s'):
        _, vgg, *tf = network.split('_')
        return Fcn8sTensorflow(vgg) if tf else Fcn8s((2, 2, 3, 3, 3) if vgg == 'vgg16' else (2, 2, 4, 4, 4))
    if network.startswith('resnet34_dynamic'):
        if library and network.endswith('v2'):
            import torchvision
            from fastai.vision.models.unet import DynamicUnet
            body = nn.Sequential(*list(torchvision.models.resnet34().children())[:-2])
            net = DynamicUnet(body, CLASSES, (64, 64), norm_type=None)
            net.layers = net.layers[:-1]  # ToTensorBase, which rounds double precision to single
            return net
        return Dynamic(network.endswith('v2'))
    if network.endswith('_unet'):
        name = network.split('_')[0]
        decoder = (128, 64, 32, 32, 16) if name == 'resnet18' else (256, 128, 64, 32, 16)
        if library:
            import segmentation_models_pytorch as smp
            return smp.Unet(name, encoder_weights=None, classes=CLASSES, decoder_channels=decoder)
        return ResNetUNet(name, decoder, CLASSES)
    from torchvision.models import segmentation
    return getattr(segmentation, network)(weights=None, weights_backbone=None, num_classes=CLASSES, aux_loss=True)


net = make()
for m in net.modules():
    if isinstance(m, nn.BatchNorm2d):
        nn.init.uniform_(m.weight, .5, 1.5), nn.init.uniform_(m.bias, -.2, .2)
        if variant == 'open':
            nn.init.constant_(m.bias, 12)
        m.running_mean.uniform_(-.1, .1), m.running_var.uniform_(.5, 1.5)
    if isinstance(m, nn.modules.dropout._DropoutNd):
        m.p = 0
if network.startswith('fcn8s'):  # else their scores are in the thousands or nought
    for m in net.modules():
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight), nn.init.uniform_(m.bias, -.1, .1)
        if isinstance(m, nn.ConvTranspose2d):
            nn.init.normal_(m.weight, 0, .05)
main = lambda y: y['out'] if isinstance(y, dict) else y
with torch.no_grad():  # scores of the size that trained networks have, so that 1e-4 means something
    scale = main(net.eval()(torch.randn(1, 3, 64, 64))).abs().max() / 10
    if scale > 1:
        last = net.classifier if hasattr(net, 'classifier') else net
        [m for m in last.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d))][-1].weight.div_(scale)
tensors = {k: v.clone() for k, v in net.state_dict().items()}
large, batch = sum(p.numel() for p in net.parameters()) > 1e8, 1 if network.startswith('fcn8s') else 2
thinned = lambda t: t.flatten()[::t.numel() // 100000] if t.numel() > 200000 else t
net.eval()
torch.set_num_threads(min(2, os.cpu_count()))  # with one thread PyTorch computes convolutions another way and rounds otherwise
for i, (height, width) in enumerate(SIZES):
    x = tensors[f'input.{i}'] = torch.randn(batch, 3, height, width)
    with torch.no_grad():
        tensors[f'logits.{i}'] = main(net(x))
torch.set_num_threads(1)


def gradients(net, x, prefix):
    net.train()
    net.zero_grad()
    y = net(x)
    loss = main(y).square().mean()
    if isinstance(y, dict):
        loss = loss + y['aux'].square().mean() / 2
    loss.backward()
    for k, p in net.named_parameters():
        tensors[prefix + k] = thinned(p.grad).clone()
    return y


state = {k: v.clone() for k, v in net.state_dict().items()}
net.double()
with torch.no_grad():
    for i in range(len(SIZES)):
        tensors[f'exact_eval_logits.{i}'] = main(net(tensors[f'input.{i}'].double()))
y = gradients(net, tensors['input.1'].double(), 'exact.')
tensors['exact_logits'] = main(y)
if isinstance(y, dict):
    tensors['exact_aux_logits'] = y['aux']
for k, b in net.named_buffers():
    tensors['exact_after.' + k] = b.clone()
net.float().load_state_dict(state)
y = gradients(net, tensors['input.1'], 'gradient.')
tensors['train_logits'] = main(y)
if isinstance(y, dict):
    tensors['aux_logits'] = y['aux']
for k, b in net.named_buffers():
    tensors['after.' + k] = b.clone()
for name, optimizer in [('sgd.', lambda p: torch.optim.SGD(p, .01, momentum=.9)), ('adamw.', lambda p: torch.optim.AdamW(p, .01, weight_decay=.1))][:1 if large else 2]:
    net.load_state_dict(state)
    optimizer([{'params': [p for p in net.parameters() if p.dim() > 1]},
               {'params': [p for p in net.parameters() if p.dim() <= 1], 'weight_decay': 0}]).step()
    for k, p in net.named_parameters():
        tensors[name + k] = thinned(p.clone())
header, at = {}, 0
tensors = {k: t.detach().contiguous() for k, t in tensors.items()}
for k, t in tensors.items():
    size = t.numel() * t.element_size()
    header[k] = dict(dtype={torch.float32: 'F32', torch.float64: 'F64', torch.int64: 'I64'}[t.dtype], shape=list(t.shape), data_offsets=[at, at + size])
    at += size
text = json.dumps(header).encode()
text += b' ' * (-len(text) % 8)
with open(out, 'wb') as f:
    f.write(struct.pack('<Q', len(text)) + text)
    for t in tensors.values():
        f.write(t.numpy().tobytes())
