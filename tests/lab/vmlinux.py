#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""vmlinux.py BZIMAGE ELF: takes the kernel out of its self-extracting file.

Decompressing 60 MB of kernel takes long under software emulation, once for every boot and every guest; Xen and QEMU
both start an ELF file directly. The offsets are those of the x86 boot protocol (Documentation/arch/x86/boot.rst).
"""
import struct
import subprocess
import sys

UNPACKERS = {
    b"\xfd7zXZ": ["xz", "-dc"],
    b"\x28\xb5\x2f\xfd": ["zstd", "-dc"],
    b"\x1f\x8b": ["gzip", "-dc"],
    b"\x02\x21\x4c\x18": ["lz4", "-dc"],
}


def payload_of(image):
    if image[0x202:0x206] != b"HdrS":
        sys.exit("vmlinux.py: not a bzImage")
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    return image[start:start + length]


def main():
    bzimage, elf = sys.argv[1:]
    with open(bzimage, "rb") as file:
        payload = payload_of(file.read())
    for magic, unpacker in UNPACKERS.items():
        if payload.startswith(magic):
            # The unpackers grumble about the four bytes of length that follow the data: judge by what comes out.
            kernel = subprocess.run(unpacker, input=payload, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                    check=False).stdout
            if not kernel.startswith(b"\x7fELF"):
                sys.exit(f"vmlinux.py: {unpacker[0]} did not find an ELF kernel in {bzimage}")
            with open(elf, "wb") as file:
                file.write(kernel)
            return
    sys.exit(f"vmlinux.py: unknown compression, begins with {payload[:6].hex()}")


main()
