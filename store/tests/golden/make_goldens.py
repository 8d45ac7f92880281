#!/usr/bin/env python3
"""Writes the golden hexdumps of every on-disk structure.

An encoder of its own, written from the byte tables of docs/FORMAT.md and from nothing else: it
shares no code with the engine's codecs or the oracle's reader, so that an error in one of the
three shows. Standard library only. Run it in this folder; its output is committed.

A hexdump line is a group of fields: hexadecimal bytes, then '#' and what they are. "00*N" is N
(decimal) times the byte.
"""
import os
import struct
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))


def be16(value):
    return struct.pack(">H", value & 0xFFFF)


def be32(value):
    return struct.pack(">I", value & 0xFFFFFFFF)


def be64(value):
    return struct.pack(">Q", value & 0xFFFFFFFFFFFFFFFF)


def java_crc(data):
    """UtilAll.crc32: the top bit is cleared."""
    return zlib.crc32(data) & 0x7FFFFFFF


def java_hash(text):
    """String.hashCode, sign-extended."""
    units = struct.unpack(">%dH" % (len(text.encode("utf-16-be")) // 2), text.encode("utf-16-be"))
    value = 0
    for unit in units:
        value = (31 * value + unit) & 0xFFFFFFFF
    return value - (1 << 32) if value >= 1 << 31 else value


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def hex_of(data):
    """The words of a dump: a run of 16 or more equal bytes is one word, BB*N."""
    words = []
    at = 0
    while at < len(data):
        run = 1
        while at + run < len(data) and data[at + run] == data[at]:
            run += 1
        if run >= 16:
            words.append("%02x*%d" % (data[at], run))
            at += run
        else:
            words.append("%02x" % data[at])
            at += 1
    return words


def write(name, title, fields):
    """fields: (what it is, bytes) in order."""
    lines = ["# %s: %s" % (name, title), "# Made by make_goldens.py; do not edit."]
    offset = 0
    for what, data in fields:
        words = hex_of(data)
        for start in range(0, len(words), 16) or [0]:
            note = "# @%d %s" % (offset, what) if start == 0 else "#"
            lines.append("%-48s%s" % (" ".join(words[start:start + 16]), note))
        offset += len(data)
    with open(os.path.join(HERE, name + ".hex"), "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
    return b"".join(data for _, data in fields)


V4_BORN = bytes([10, 1, 2, 3])
V4_STORE = bytes([127, 0, 0, 1])
V6_BORN = bytes([0x20, 0x01, 0x0D, 0xB8] + [0] * 11 + [0x01])
V6_STORE = bytes([0xFE, 0x80] + [0] * 13 + [0x42])


def properties_of(pairs):
    return b"".join(name.encode() + b"\x01" + value.encode() + b"\x02" for name, value in pairs)


def message(v2=False, queue_id=0, flag=0, queue_offset=0, physical_offset=0, sys_flag=0,
            born_timestamp=1767225600000, born=V4_BORN, born_port=40000,
            store_timestamp=1767225600007, store=V4_STORE, store_port=10911, reconsume_times=0,
            transaction_offset=0, body=b"hello", topic="TopicTest", properties=b"", crc=False):
    """The fields of a record, section "CommitLog message record"."""
    if len(born) == 16:
        sys_flag |= 0x10
    if len(store) == 16:
        sys_flag |= 0x20
    if crc:
        if properties and not properties.endswith(b"\x02"):
            properties += b"\x02"
        properties_size = len(properties) + 20
    else:
        properties_size = len(properties)
    topic_bytes = topic.encode()
    topic_size = be16(len(topic_bytes)) if v2 else struct.pack(">b", len(topic_bytes))
    total = (91 + (len(born) + 4 - 8) + (len(store) + 4 - 8) + len(body) + (len(topic_size) - 1)
             + len(topic_bytes) + properties_size)
    fields = [
        ("TOTALSIZE %d" % total, be32(total)),
        ("MAGICCODE V%d" % (2 if v2 else 1), be32(0xDAA320AB if v2 else 0xDAA320A7)),
        ("BODYCRC", be32(java_crc(body))),
        ("QUEUEID %d" % queue_id, be32(queue_id)),
        ("FLAG %d" % flag, be32(flag)),
        ("QUEUEOFFSET %d" % queue_offset, be64(queue_offset)),
        ("PHYSICALOFFSET %d" % physical_offset, be64(physical_offset)),
        ("SYSFLAG 0x%x" % sys_flag, be32(sys_flag)),
        ("BORNTIMESTAMP %d" % born_timestamp, be64(born_timestamp)),
        ("BORNHOST address, port %d" % born_port, born + be32(born_port)),
        ("STORETIMESTAMP %d" % store_timestamp, be64(store_timestamp)),
        ("STOREHOST address, port %d" % store_port, store + be32(store_port)),
        ("RECONSUMETIMES %d" % reconsume_times, be32(reconsume_times)),
        ("PREPARED TX OFFSET %d" % transaction_offset, be64(transaction_offset)),
        ("BODYLEN %d" % len(body), be32(len(body))),
        ("BODY", body),
        ("TOPICLEN %d" % len(topic_bytes), topic_size),
        ("TOPIC", topic_bytes),
        ("PROPLEN %d" % properties_size, be16(properties_size)),
        ("PROPERTIES", properties),
    ]
    fields = [field for field in fields if field[1]]
    if crc:
        value = java_crc(b"".join(data for _, data in fields))
        digits = str(value)[::-1].ljust(10, "0")
        fields.append(("__CRC32# %d, least significant digit first" % value,
                       b"__CRC32#\x01" + digits.encode() + b"\x02"))
    assert sum(len(data) for _, data in fields) == total
    return fields


def write_messages():
    write("message_v1", "V1, IPv4 hosts, no properties", message())
    write("message_v1_ipv6", "V1, both hosts IPv6, COMMIT, every number field set",
          message(queue_id=3, flag=-2, queue_offset=7, physical_offset=123456789012, sys_flag=0x8,
                  born=V6_BORN, store=V6_STORE, reconsume_times=16, transaction_offset=987654321,
                  body=b"\x00\xff\x80", topic="t"))
    write("message_v1_born_ipv6", "V1, born host IPv6, store host IPv4",
          message(born=V6_BORN, body=b""))
    write("message_v2", "V2, topic of 200 characters",
          message(v2=True, queue_id=1, queue_offset=2, physical_offset=4096,
                  topic="L" * 200, properties=properties_of([("KEYS", "k1")])))
    full = [("TAGS", "TagA"), ("KEYS", "key-1 key-2"), ("UNIQ_KEY", "0A010203000018B4AAC2000000000001"),
            ("WAIT", "true"), ("a", "1")]
    write("message_properties", "tags, keys, UNIQ_KEY, WAIT and a user property",
          message(queue_id=2, queue_offset=41, physical_offset=1073741824,
                  properties=properties_of(full)))
    write("message_crc", "tags and the __CRC32# property; user properties end in 0x02",
          message(queue_id=2, queue_offset=42, physical_offset=777,
                  properties=properties_of([("TAGS", "TagA")]), crc=True))
    write("message_crc_separator", "user properties without a last 0x02: one is put before __CRC32#",
          message(queue_id=2, queue_offset=43, physical_offset=888,
                  properties=properties_of([("TAGS", "TagA")])[:-1], crc=True))
    write("message_crc_only", "no user properties, __CRC32# alone",
          message(queue_offset=44, physical_offset=999, crc=True))
    write("message_compressed", "SYSFLAG says compressed, LZ4; the body is stored as it is",
          message(sys_flag=0x101, body=bytes.fromhex("04224d1860407305000080") + b"hello"
                  + bytes.fromhex("00000000")))
    write("message_delayed", "SCHEDULE_TOPIC_XXXX, DELAY=3: tagsCode is store time + 10 s",
          message(queue_id=2, topic="SCHEDULE_TOPIC_XXXX",
                  properties=properties_of([("DELAY", "3"), ("REAL_TOPIC", "TopicTest"),
                                            ("REAL_QID", "0")])))
    write("message_dup_info", "DUP_INFO as duplication writes it",
          message(properties=properties_of([("DUP_INFO", "1_2")])))


def unit(offset, size, code):
    return [("offset %d" % offset, be64(offset)), ("size %d" % size, be32(size)),
            ("tagsCode %d" % code, be64(code))]


def write_blank():
    write("blank", "end of a log file with 100 bytes left",
          [("maxBlank 100", be32(100)), ("BLANK_MAGIC_CODE", be32(0xCBD43194))])


def write_queue_units():
    pre_blank = unit(0, 0x7FFFFFFF, 0)
    write("queue_units", "two pre-blank units, then one a tag; see README.md",
          pre_blank + pre_blank + unit(0, 96, 0) + unit(96, 120, java_hash("TagA"))
          + unit(1073741824, 200, java_hash("polygenelubricants"))
          + unit(1073742024, 201, java_hash("Zürich")) + unit(1073742225, 202, java_hash("标签"))
          + unit(1073742427, 203, java_hash("\U0001F680")) + unit(1073742630, 204, 1767225610007))


def write_checkpoints():
    timestamps = [("physicMsgTimestamp", be64(1767225600007)),
                  ("logicsMsgTimestamp", be64(1767225600005)),
                  ("indexMsgTimestamp", be64(0)),
                  ("masterFlushedOffset", be64(0)),
                  ("confirmPhyOffset", be64(123456))]
    write("checkpoint_rocketmq", "as RocketMQ up to 5.4 writes it: no mark",
          timestamps + [("unused", bytes(4096 - 40))])
    logics = [("logicsPhysicalOffset", be64(123321))]
    write("checkpoint_rocketmq_5_5", "as RocketMQ 5.5 writes it: no mark",
          timestamps + logics + [("unused", bytes(4096 - 48))])
    queues = [("TopicTest", 0, 17), ("TopicTest", 1, 3), ("Zürich", 12, 1)]
    total = sum(fnv1a(topic.encode() + be32(queue) + be64(units)) for topic, queue, units in queues)
    for name, title, next_index, term in (("checkpoint_mark", "plain log, with mark", -1, -1),
                                          ("checkpoint_mark_dledger", "DLedger, with mark", 21, 4)):
        mark = [("mark 123456", be64(123456)), ("queue_count 3", be32(len(queues))),
                ("flags 1: record CRCs", be32(1)), ("queue_hash", be64(total)),
                ("next_index %d" % next_index, be64(next_index)), ("term %d" % term, be64(term))]
        head = (timestamps + logics + [("unused", bytes(16)), ("magic KPMK", be32(0x4B504D4B)),
                                       ("version 2", be32(2))] + mark)
        write_page(name, title, head)
        if name == "checkpoint_mark":
            write_page("checkpoint_mark_1", "plain log, with a mark of the first format",
                       timestamps + [("magic KPMK", be32(0x4B504D4B)), ("version 1", be32(1))]
                       + mark)


def write_page(name, title, head):
    page = b"".join(data for _, data in head)
    rest = 4096 - len(page)
    crc = be32(zlib.crc32(page + bytes(rest)))
    write(name, title, head + [("crc", crc), ("unused", bytes(rest - 4))])


def entry_fields(index, term, position, body_fields):
    body = b"".join(data for _, data in body_fields)
    return [("magic 1", be32(1)), ("size %d" % (48 + len(body)), be32(48 + len(body))),
            ("index %d" % index, be64(index)), ("term %d" % term, be64(term)),
            ("pos %d" % position, be64(position)), ("channel 0", be32(0)),
            ("chainCrc 0", be32(0)), ("bodyCrc 0", be32(0)),
            ("bodySize %d" % len(body), be32(len(body)))] + body_fields


def write_dledger():
    position = 5000000000
    body = message(queue_id=1, queue_offset=9, physical_offset=position + 48,
                   properties=properties_of([("TAGS", "TagB")]))
    entry = write("dledger_entry", "entry 11 of term 4 with a record as its body",
                  entry_fields(11, 4, position, body))
    write("dledger_index", "the index unit of dledger_entry.hex",
          [("magic 1", be32(1)), ("pos %d" % position, be64(position)),
           ("size %d" % len(entry), be32(len(entry))), ("index 11", be64(11)),
           ("term 4", be64(4))])
    write("dledger_blank", "end of a data file with 100 bytes left, all of them written",
          [("magic -1", be32(-1)), ("remaining 100", be32(100)), ("zeros", bytes(92))])
    write("dledger_checkpoint", "text; RocketMQ's order of the lines is unspecified",
          [("text", b"endIndex=11\n"), ("text", b"committedIndex=10\n")])
    write("dledger_currterm", "text", [("text", b"currTerm=4\n"), ("text", b"voteLeader=n0\n")])


def write_texts():
    json = ('{\n\t"dataVersion":{\n\t\t"counter":2,\n\t\t"stateVersion":0,\n\t\t"timestamp":1767225600000\n'
            '\t},\n\t"offsetTable":{\n\t\t"TopicTest@group-a":{0:17,1:3\n\t\t},\n'
            '\t\t"TopicTest@group-b":{0:5\n\t\t},\n\t\t"Zürich@group-a":{12:1\n\t\t}\n\t}\n}')
    write("consumer_offset", "consumerOffset.json as fastjson writes it: integer keys unquoted",
          [("text", json.encode())])
    write("lock", "lock", [("text", b"lock")])
    write("abort", "abort: the pid in decimal, here 4711", [("text", b"4711")])


if __name__ == "__main__":
    write_messages()
    write_blank()
    write_queue_units()
    write_checkpoints()
    write_dledger()
    write_texts()
