#!/usr/bin/env python3
"""What the real RocketMQ read of a store of ours, against the store's bytes.

  compare.py STORE OUTPUT VERSION [accelerated]
  compare.py --defect STORE VERSION       prints which of the version's defects strikes, if one does

STORE is a copy from before it was opened, OUTPUT what RealStore said.  Every record of the log must have been read, at
its queue offset, byte for byte and with all properties, and nothing else.  Of a DLedger store that was not stopped
cleanly, less than that is right where VERSION has a named defect: which records its recovery cuts from the queues
for good (#8032, #9084) is computed here from the bytes.  Exit 1 on a difference.
"""
import os
import re
import struct
import sys
import zlib

ENTRY_SIZE = 48
MAGIC_V1, MAGIC_V2, MAGIC_BLANK = 0xDAA320A7, 0xDAA320AB, 0xCBD43194


def number(data, at, form):
    return struct.unpack_from(">" + form, data, at)[0]


class Record:
    """One record, from `data` at `at`; raises ValueError where there is none."""

    def __init__(self, data, at, offset):
        if at + 91 > len(data):
            raise ValueError("no room")
        size, magic = number(data, at, "I"), number(data, at + 4, "I")
        if magic not in (MAGIC_V1, MAGIC_V2) or size < 91 or at + size > len(data):
            raise ValueError("no record")
        self.offset, self.size = offset, size
        self.bytes = data[at:at + size]
        self.queue = number(self.bytes, 12, "i")
        self.flag = number(self.bytes, 16, "i")
        self.queue_offset = number(self.bytes, 20, "q")
        self.sys = number(self.bytes, 36, "i")
        born = 20 if self.sys & 0x10 else 8
        self.stored = number(self.bytes, 48 + born, "q")
        at = 56 + born + (20 if self.sys & 0x20 else 8) + 12
        length = number(self.bytes, at, "i")
        self.body = self.bytes[at + 4:at + 4 + length]
        if length > 0 and number(self.bytes, 8, "I") != zlib.crc32(self.body) & 0x7FFFFFFF:
            raise ValueError("body")
        at += 4 + length
        width = "B" if magic == MAGIC_V1 else "H"
        length = number(self.bytes, at, width)
        at += 1 if width == "B" else 2
        self.topic = self.bytes[at:at + length].decode()
        at += length
        length = number(self.bytes, at, "H")
        if at + 2 + length != size or number(self.bytes, 28, "q") != offset:
            raise ValueError("sizes")
        self.properties = {}
        for pair in self.bytes[at + 2:].split(b"\2"):
            name, separator, value = pair.partition(b"\1")
            if separator:
                self.properties[name] = value

    def said(self):
        """As RealStore says it."""
        words = sorted((k.decode(), v) for k, v in self.properties.items())
        return "at %d own %d size %d crc %x flag %d sys %d stored %d body -%s properties %s" % (
            self.offset, self.queue_offset, self.size, zlib.crc32(self.bytes), self.flag, self.sys, self.stored,
            self.body.hex(), ",".join("-%s=-%s" % (k.encode().hex(), v.hex()) for k, v in words))


class Store:
    """The log of a store: its records, in order, each with its file's start and (DLedger) its index."""

    def __init__(self, path):
        self.path = path
        self.is_dledger = os.path.isdir(os.path.join(path, "dledger-n0"))
        self.has_abort = os.path.exists(os.path.join(path, "abort"))
        self.directory = os.path.join(path, "dledger-n0/data" if self.is_dledger else "commitlog")
        self.records, self.starts = [], []
        for name in sorted(os.listdir(self.directory)):
            with open(os.path.join(self.directory, name), "rb") as file:
                data = file.read()
            self.starts.append(int(name))
            if not self.read_file(int(name), data):
                break

    def read_file(self, start, data):
        at = 0
        while at + 8 <= len(data):
            if self.is_dledger:
                magic, size = number(data, at, "i"), number(data, at + 4, "i")
                if magic == -1:
                    return True
                if magic != 1 or at + size > len(data) or number(data, at + 24, "q") != start + at:
                    return False
                index, inner, step = number(data, at + 8, "q"), at + ENTRY_SIZE, size
            else:
                size, magic = number(data, at, "I"), number(data, at + 4, "I")
                if magic == MAGIC_BLANK:
                    return True
                index, inner, step = -1, at, size
            try:
                record = Record(data, inner, start + inner)
            except (ValueError, UnicodeDecodeError, struct.error):
                return False
            record.file, record.index = start, index
            self.records.append(record)
            at += step
        return True

    def checkpoint(self):
        try:
            with open(os.path.join(self.path, "checkpoint"), "rb") as file:
                data = file.read(48)
        except OSError:
            data = b""
        return struct.unpack(">6q", data.ljust(48, b"\0"))

    def committed(self):
        try:
            with open(os.path.join(self.path, "dledger-n0/checkpoint"), encoding="utf-8") as file:
                found = re.search(r"committedIndex=(-?\d+)", file.read())
        except OSError:
            found = None
        return int(found[1]) if found else -1

    def has_unit(self, record):
        """Whether the queue has the record's unit now."""
        directory = os.path.join(self.path, "consumequeue", record.topic, str(record.queue))
        names = sorted(os.listdir(directory)) if os.path.isdir(directory) else []
        for name in names:
            path = os.path.join(directory, name)
            at = record.queue_offset * 20 - int(name)
            if 0 <= at < os.path.getsize(path):
                with open(path, "rb") as file:
                    file.seek(at)
                    offset, size = struct.unpack(">qi", file.read(12))
                return offset == record.offset and size == record.size
        return False


def scan_start(store, version):
    """The file where the version's abnormal recovery begins."""
    physic, logics, _, _, _, position = store.checkpoint()
    firsts = {}
    for record in store.records:
        firsts.setdefault(record.file, record)
    for start in sorted(firsts, reverse=True):
        first = firsts[start]
        if version >= (5, 5, 0) and position > 0:
            is_match = first.offset <= position
        elif version >= (5, 5, 0):
            is_match = first.stored <= logics
        else:
            is_match = first.stored <= min(physic, logics) - 3000
        if is_match:
            return start
    return min(firsts, default=0)


def cut_of(store, version):
    """Where the recovery of a DLedger store that was killed ends the queues, and a name; None: nowhere."""
    scanned = [r for r in store.records if r.file >= scan_start(store, version)]
    end = scanned[0].file if scanned else 0
    for record in scanned:
        if version < (5, 3, 0) and record.properties:
            name = "#8032"
            break
        end = max(end, record.file) + record.size
    else:
        name = "#9084"
    if version >= (5, 5, 0):
        known = store.checkpoint()[5]
    else:
        known = max((r.offset for r in store.records if store.has_unit(r)), default=-1)
    return (end, name) if known >= end else (None, None)


def expected_of(store, version):
    """The records that must be read, by topic, queue and offset; and what takes the others."""
    wanted = {(r.topic, r.queue, r.queue_offset): r for r in store.records if r.sys & 8 == 0 or r.sys & 4 == 0}
    wanted = {k: r for k, r in wanted.items() if (r.sys >> 2) & 3 not in (1, 3)}
    if not store.is_dledger or not store.has_abort or version < (5, 0, 0):
        return wanted, None
    cut, name = cut_of(store, version)
    committed = store.committed()
    first = scan_start(store, version)

    def is_there(record):
        if record.index > committed:
            return True  # committed again, and dispatched
        has_unit = store.has_unit(record) or (record.file >= first and version >= (5, 3, 0))
        return has_unit and (cut is None or record.offset < cut)

    left, ends = {}, {}
    for record in sorted((r for r in wanted.values() if is_there(r)), key=lambda r: r.offset):
        queue = record.topic, record.queue
        place = record.queue_offset
        if record.index > committed and queue in ends:
            # A queue that was cut short takes what comes back where it ends, whatever offset the record has.
            place = min(place, ends[queue])
        left[(*queue, place)] = record
        ends[queue] = place + 1
    return left, name if len(left) != len(wanted) or any(k not in left for k in wanted) else None


def is_refused(store, is_accelerated):
    """With enableAcceleratedRecovery 5.5.x takes an offset of 0 for none and does not start, whoever wrote it: a store
    killed while the unit of its first record alone was synced."""
    physic, _, _, _, _, position = store.checkpoint()
    return is_accelerated and store.has_abort and physic > 0 and position <= 0


def read_output(path):
    got, faults, is_over = {}, [], False
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            found = re.match(r"record (.*) (\d+) (\d+) (at .*)$", line)
            if found:
                key = (found[1], int(found[2]), int(found[3]))
                if key in got:
                    faults.append("read twice: %s/%d %d" % key)
                got[key] = found[4]
            elif re.match(r"undecodable|REFUSED|java\.|\tat ", line):
                faults.append(line.strip())
            is_over |= line.strip() == "read"
    if not is_over:
        faults.append("it was not read to the end")
    return got, faults


def main():
    if sys.argv[1] == "--defect":
        defect = expected_of(Store(sys.argv[2]), tuple(int(x) for x in sys.argv[3].split(".")))[1]
        print(defect or "")
        return 0
    store, version = Store(sys.argv[1]), tuple(int(x) for x in sys.argv[3].split("."))
    got, faults = read_output(sys.argv[2])
    if is_refused(store, sys.argv[4:] == ["accelerated"]):
        is_right = "REFUSED" in faults
        print("%d records, refused for the offset of its first record%s" %
              (len(store.records), "" if is_right else ": it was not"))
        return 0 if is_right else 1
    wanted, defect = expected_of(store, version)
    for key in sorted(set(wanted) - set(got)):
        faults.append("missing %s/%d %d (at %d)" % (*key, wanted[key].offset))
    for key in sorted(set(got) - set(wanted)):
        faults.append("extra %s/%d %d" % key)
    for key in sorted(set(got) & set(wanted)):
        if got[key] != wanted[key].said():
            faults.append("differs %s/%d %d\n    read     %s\n    expected %s" %
                          (*key, got[key], wanted[key].said()))
    print("%d records, %d read%s, %d differences" %
          (len(store.records), len(got), ", less %s" % defect if defect else "", len(faults)))
    for fault in faults[:6]:
        print("  " + fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
