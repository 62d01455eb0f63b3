"""What a fusion node answers: acknowledgements and errors.

Nothing in an answer is drawn or read from a clock: it is stamped with the time at which the message
it answers was heard.

Source: BSI Flex 335 v2.0, RegistrationAck, AlertAck, TaskAck and Error.
"""

from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp
from sapient_msg.bsi_flex_335_v2_0.alert_ack_pb2 import AlertAck
from sapient_msg.bsi_flex_335_v2_0.error_pb2 import Error
from sapient_msg.bsi_flex_335_v2_0.registration_ack_pb2 import RegistrationAck
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg.bsi_flex_335_v2_0.task_ack_pb2 import TaskAck

from vedette.core.units import NS_PER_S
from vedette.wire.sapient.frame import encode_frame

_MAX_ECHO: Final = 4096  # bytes of a refused packet that are sent back


def timestamp(time_ns: int) -> Timestamp:
    """UTC nanoseconds as protobuf has them."""
    return Timestamp(seconds=time_ns // NS_PER_S, nanos=time_ns % NS_PER_S)


def registration_ack(node_id: str, to: str, heard_ns: int, refusal: str = "") -> bytes:
    """Framed RegistrationAck; refusal says why a node is not taken, empty takes it."""
    ack = RegistrationAck(acceptance=not refusal, ack_response_reason=[refusal] if refusal else [])
    return _framed(node_id, to, heard_ns, SapientMessage(registration_ack=ack))


def alert_ack(node_id: str, to: str, heard_ns: int, alert_id: str) -> bytes:
    """Framed AlertAck: the alert was taken."""
    ack = AlertAck(alert_id=alert_id, alert_ack_status=AlertAck.ALERT_ACK_STATUS_ACCEPTED)
    return _framed(node_id, to, heard_ns, SapientMessage(alert_ack=ack))


def task_refused(node_id: str, to: str, heard_ns: int, task_id: str) -> bytes:
    """Framed TaskAck: this node gives tasks to sensors and takes none."""
    ack = TaskAck(
        task_id=task_id, task_status=TaskAck.TASK_STATUS_REJECTED, reason=["this fusion node takes no tasks"]
    )
    return _framed(node_id, to, heard_ns, SapientMessage(task_ack=ack))


def error(node_id: str, to: str | None, heard_ns: int, packet: bytes, why: list[str]) -> bytes:
    """Framed Error about packet, of which the beginning is sent back.

    to  None where the sender could not be read
    """
    return _framed(
        node_id, to, heard_ns, SapientMessage(error=Error(packet=packet[:_MAX_ECHO], error_message=why))
    )


def _framed(node_id: str, to: str | None, heard_ns: int, message: SapientMessage) -> bytes:
    message.timestamp.CopyFrom(timestamp(heard_ns))
    message.node_id = node_id
    if to is not None:
        message.destination_id = to
    return encode_frame(message)
