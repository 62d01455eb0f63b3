"""SAPIENT to observations: Vedette is the fusion node, one decoder to a connection.

    a node says         it is answered                      and gives
    Registration        RegistrationAck                     a sensor report: name, modality, scan
    StatusReport        nothing                             a sensor report: place, view, health
    DetectionReport     nothing                             an observation
    Alert               AlertAck                            a count
    Task                TaskAck, rejected                   a count
    acknowledgements    nothing                             a count
    Error               nothing                             a count
    what is refused     Error, which names each field       a count by reason

A connection may carry several nodes. A node registers before it speaks, and again after it said
goodbye. What is refused is counted under

    oversized           the stream is lost; `closed` is true and the feed hangs up
    not-protobuf        the payload is not a SapientMessage
    missing-field, bad-uuid, bad-ulid, bad-value          see validate
    not-registered, too-many-nodes                        the sequence
    bad-location, no-position, bad-utm, bad-utm-zone, bad-bearing, no-measurement, unsupported-datum
    stale, ahead        counted only: the message is used all the same

Source: BSI Flex 335 v2.0.
"""

from typing import Final

from google.protobuf.message import DecodeError
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

from vedette.core.errors import ConfigError, WireError
from vedette.core.observation import Intake
from vedette.core.units import NS_PER_S
from vedette.wire.sapient import detection, replies
from vedette.wire.sapient.frame import FrameReader
from vedette.wire.sapient.ids import is_uuid4
from vedette.wire.sapient.node import Node, node, registered, stood
from vedette.wire.sapient.validate import faults

_MAX_NODES: Final = 256  # on one connection
_AFTER_REGISTRATION: Final = frozenset({"status_report", "detection_report", "alert"})


class SapientDecoder:
    """Bytes of one SAPIENT connection in, observations out, answers back.

    feed          the feed's name: the source of what cannot be told to a node is "sapient:<feed>"
    node_id       our own UUID, version 4, lower case
    peer          who is at the other end, for people
    undulation_m  the geoid above the ellipsoid around this feed's sensors; None leaves heights above
                  the geoid unknown
    max_age_s     messages stamped earlier than this before they were heard count as stale; None is never
    max_ahead_s   and later than this, as ahead. The standard's own limits are 0.9 s and 0.1 s
    """

    def __init__(
        self,
        feed: str,
        node_id: str,
        peer: str = "",
        *,
        undulation_m: float | None = None,
        max_age_s: float | None = None,
        max_ahead_s: float | None = None,
    ) -> None:
        """Start with no node registered."""
        if not is_uuid4(node_id):
            raise ConfigError(f"feed {feed}: node_id", "a version-4 UUID in lower case", repr(node_id))
        self.peer = peer
        self._feed = feed
        self._node_id = node_id
        self._undulation_m = undulation_m
        self._max_age_s = max_age_s
        self._max_ahead_s = max_ahead_s
        self._reader = FrameReader()
        self._nodes: dict[str, Node] = {}

    @property
    def closed(self) -> bool:
        """Whether the stream is lost: the feed should hang up. Further bytes are ignored."""
        return self._reader.closed

    @property
    def nodes(self) -> list[str]:
        """The nodes that are registered now, in the order in which they came."""
        return list(self._nodes)

    def receive(self, data: bytes, heard_ns: int, intake: Intake) -> bytes:
        """Take a piece of the stream; return the answers. See wire.decoder."""
        answers = bytearray()
        try:
            for payload in self._reader.feed(data):
                answers += self._payload(payload, heard_ns, intake)
        except WireError as error:
            intake.quarantine(self._source(""), error.reason)
            answers += replies.error(self._node_id, None, heard_ns, b"", [str(error)])
        return bytes(answers)

    def _source(self, node_id: str) -> str:
        """The source to count under; what a peer makes up never becomes one.

        It is the node where that is registered, else the connection's only node, else the feed.
        """
        if node_id not in self._nodes and len(self._nodes) == 1:
            node_id = next(iter(self._nodes))
        return f"sapient:{node_id if node_id in self._nodes else self._feed}"

    def _payload(self, payload: bytes, heard_ns: int, intake: Intake) -> bytes:
        message = SapientMessage()
        try:
            message.ParseFromString(payload)
        except DecodeError:
            intake.quarantine(self._source(""), "not-protobuf")
            why = [f"expected a SapientMessage of BSI Flex 335 v2.0, got {len(payload)} bytes that are none"]
            return replies.error(self._node_id, None, heard_ns, payload, why)
        wrong = faults(message)
        if wrong:
            intake.quarantine(self._source(message.node_id), wrong[0].reason)
            if message.HasField("error"):
                return b""
            to = message.node_id if is_uuid4(message.node_id) else None
            return replies.error(self._node_id, to, heard_ns, payload, [str(fault) for fault in wrong[:16]])
        return self._message(message, payload, heard_ns, intake)

    def _message(self, message: SapientMessage, payload: bytes, heard_ns: int, intake: Intake) -> bytes:
        kind = message.WhichOneof("content") or ""
        source = self._source(message.node_id)
        self._check_time(message, source, heard_ns, intake)
        try:
            answer = self._answer(kind, message, heard_ns, intake)
        except WireError as error:
            intake.quarantine(source, error.reason)
            return replies.error(self._node_id, message.node_id, heard_ns, payload, [str(error)])
        if kind == "registration":
            source = self._source(message.node_id)
        intake.count(source, f"sapient.{kind}")
        return answer

    def _answer(self, kind: str, message: SapientMessage, heard_ns: int, intake: Intake) -> bytes:
        """Take one valid message; return what it is answered with. Raises WireError to refuse it."""
        if kind in _AFTER_REGISTRATION and message.node_id not in self._nodes:
            raise WireError("not-registered", f"expected a registration before {kind}, got none")
        match kind:
            case "registration":
                return self._register(message, heard_ns, intake)
            case "status_report":
                self._stand(message, heard_ns, intake)
            case "detection_report":
                self._observe(message, heard_ns, intake)
            case "alert":
                return replies.alert_ack(self._node_id, message.node_id, heard_ns, message.alert.alert_id)
            case "task":
                return replies.task_refused(self._node_id, message.node_id, heard_ns, message.task.task_id)
        return b""

    def _check_time(self, message: SapientMessage, source: str, heard_ns: int, intake: Intake) -> None:
        age_s = (heard_ns - _time_ns(message)) / NS_PER_S
        if self._max_age_s is not None and age_s > self._max_age_s:
            intake.quarantine(source, "stale")
        elif self._max_ahead_s is not None and -age_s > self._max_ahead_s:
            intake.quarantine(source, "ahead")

    def _register(self, message: SapientMessage, heard_ns: int, intake: Intake) -> bytes:
        node_id = message.node_id
        if node_id == self._node_id:
            return replies.registration_ack(
                self._node_id, node_id, heard_ns, "the node id is the fusion node's own"
            )
        if node_id not in self._nodes and len(self._nodes) >= _MAX_NODES:
            raise WireError("too-many-nodes", f"expected at most {_MAX_NODES} nodes on a connection")
        self._nodes[node_id] = node(message.registration)
        intake.report(registered(message.registration, f"sapient:{node_id}", heard_ns))
        return replies.registration_ack(self._node_id, node_id, heard_ns)

    def _stand(self, message: SapientMessage, heard_ns: int, intake: Intake) -> None:
        node_id, status = message.node_id, message.status_report
        source = f"sapient:{node_id}"
        report, here, refused = stood(status, source, heard_ns, self._undulation_m)
        intake.report(report)
        for reason in refused:
            intake.quarantine(source, reason)
        if here is not None:
            self._nodes[node_id] = self._nodes[node_id]._replace(convergence_deg=here.convergence_deg)
        if status.system == status.SYSTEM_GOODBYE:
            del self._nodes[node_id]

    def _observe(self, message: SapientMessage, heard_ns: int, intake: Intake) -> None:
        speaker = self._nodes[message.node_id]
        report = message.detection_report
        values = detection.columns(report, speaker, self._undulation_m)
        claim = detection.claim(report, message.node_id, speaker)
        intake.observe(f"sapient:{message.node_id}", _time_ns(message), heard_ns, claim, values)


def _time_ns(message: SapientMessage) -> int:
    return message.timestamp.seconds * NS_PER_S + message.timestamp.nanos
