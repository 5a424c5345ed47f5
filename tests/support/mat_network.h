// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace intarsia::test {

/// Python that writes a MATLAB 5 file by the format's description, as MatConvNet lays out a network: mat(path, variables, packed).
inline constexpr char kMatNetworkPython[] = R"(
import numpy, struct, zlib
def element(kind, data): return struct.pack('<II', kind, len(data)) + data + bytes(-len(data) % 8)
def matrix(kind, sides, name, content):
    return element(14, element(6, struct.pack('<II', kind, 0)) + element(5, struct.pack('<%di' % len(sides), *sides)) + element(1, name.encode()) + content)
def numbers(a, name=''):
    double = a.dtype == numpy.float64
    return matrix(6 if double else 7, a.shape, name, element(9 if double else 7, a.tobytes('F')))
def text(t): return matrix(4, (1, len(t)), '', element(4, t.encode('utf-16le')))
def cell(items, name=''): return matrix(1, (1, len(items)), name, b''.join(items))
def record(fields, name=''):
    return matrix(2, (1, 1), name, struct.pack('<HHi', 5, 4, 32) + element(1, b''.join(k.encode().ljust(32, bytes(1)) for k in fields)) + b''.join(fields.values()))
def layer(name, filters=None, bias=None, old=False):
    fields = {'type': text('conv' if bias is not None else 'relu'), 'name': text(name), 'stride': numbers(numpy.ones((1, 2)))}
    if bias is not None: fields.update({'filters': filters, 'biases': bias} if old else {'weights': cell([filters, bias]), 'size': matrix(6, (0, 0), '', element(9, b''))})
    return record(fields)
def mat(path, variables, packed):
    body = b''
    for v in variables:
        z = zlib.compress(v)
        body += struct.pack('<II', 15, len(z)) + z if packed else v
    open(path, 'wb').write(b'MATLAB 5.0 MAT-file'.ljust(116) + bytes(8) + bytes([0, 1]) + b'IM' + body)
filters = lambda w: numbers(w.detach().numpy().transpose(2, 3, 1, 0))  # out x in x h x w -> h x w x in x out
)";

}  // namespace intarsia::test
