"""ASTERIX, EUROCONTROL's binary surveillance format, both ways.

Read and written: categories 010, 021 (edition 2.x), 034, 048 and 062, one module each with its
field table. Blocks of other assigned categories are counted as "asterix.NNN.skipped", one a block:
where a record ends in them is not known here.

A record names its sensor by SAC and SIC: source "asterix:20/107". Every record that is read whole
counts as "asterix.NNN". What cannot be used counts as quarantined, under one of these reasons:

    truncated         the data ends inside a block, or a block inside a record
    bad-length        a block or an item says a length that it cannot have
    bad-fspec         a presence list that is too long, or marks nothing
    unknown-item      a presence bit for which the standard has no item
    unknown-category  a category that has no meaning
    no-source         the record does not say who sent it
    no-time           a target report without a time
    bad-time          a time of day of 24 h or more
    no-position       a target report without a position that can be used
    no-reference      only a position in a plane of which the origin is not known (I062/100)

The first five end the block, or for a bad block length the datagram, and count once for what was
lost with it. The last five belong to one record, which counts as a record too.
"""

from vedette.wire.asterix.blocks import (
    Record,
    decode_block,
    encode_block,
    iter_records,
    peek_time_s,
    split_blocks,
)
from vedette.wire.asterix.cat010 import Cat010
from vedette.wire.asterix.cat021 import Cat021
from vedette.wire.asterix.cat034 import Cat034
from vedette.wire.asterix.cat048 import Cat048
from vedette.wire.asterix.cat062 import Cat062
from vedette.wire.asterix.decoder import AsterixDecoder

__all__ = [
    "AsterixDecoder",
    "Cat010",
    "Cat021",
    "Cat034",
    "Cat048",
    "Cat062",
    "Record",
    "decode_block",
    "encode_block",
    "iter_records",
    "peek_time_s",
    "split_blocks",
]
