"""The table of simulated sensors: the model of each kind that a scenario may name."""

from vedette.simulate.sensors import acoustic_array, camera, drone_radar, rf_finder
from vedette.simulate.sensors.adsb_receiver import AdsbReceiverModel
from vedette.simulate.sensors.cuas_system import CuasSystemModel
from vedette.simulate.sensors.human_reports import HumanReportsModel
from vedette.simulate.sensors.multilateration import MultilaterationModel
from vedette.simulate.sensors.remote_id_receiver import RemoteIdReceiverModel
from vedette.simulate.sensors.sapient_sensor import SapientModel
from vedette.simulate.sensors.setting import Setting
from vedette.simulate.sensors.surveillance_radar import SurveillanceRadarModel
from vedette.simulate.sensors.system_tracker import SystemTrackerModel
from vedette.simulate.spec.sensors import (
    AcousticArray,
    AdsbReceiver,
    Camera,
    CuasSystem,
    DroneRadar,
    HumanReports,
    Multilateration,
    RemoteIdReceiver,
    RfFinder,
    SensorSpec,
    SurveillanceRadar,
    SystemTracker,
)

SensorModel = (
    SurveillanceRadarModel
    | SapientModel
    | RemoteIdReceiverModel
    | AdsbReceiverModel
    | MultilaterationModel
    | HumanReportsModel
    | SystemTrackerModel
    | CuasSystemModel
)
_SAPIENT = {
    DroneRadar: drone_radar.KIND,
    RfFinder: rf_finder.KIND,
    Camera: camera.KIND,
    AcousticArray: acoustic_array.KIND,
}


def model_of(spec: SensorSpec, connection: int, setting: Setting) -> SensorModel:
    """The model of one sensor; connection counts the senders of its feed."""
    match spec:
        case SurveillanceRadar():
            return SurveillanceRadarModel(spec, connection, setting)
        case DroneRadar() | RfFinder() | Camera() | AcousticArray():
            return SapientModel(spec, _SAPIENT[type(spec)], connection, setting)
        case RemoteIdReceiver():
            return RemoteIdReceiverModel(spec, connection, setting)
        case AdsbReceiver():
            return AdsbReceiverModel(spec, connection, setting)
        case Multilateration():
            return MultilaterationModel(spec, connection, setting)
        case HumanReports():
            return HumanReportsModel(spec, connection, setting)
        case SystemTracker():
            return SystemTrackerModel(spec, connection, setting)
        case CuasSystem():
            return CuasSystemModel(spec, connection, setting)
