"""The table of simulated sensors: the model of each kind that a scenario may name."""

from vedette.simulate.actors.roster import Roster
from vedette.simulate.sensors.adsb_receiver import AdsbReceiverModel
from vedette.simulate.sensors.drone_radar import DroneRadarModel
from vedette.simulate.sensors.remote_id_receiver import RemoteIdReceiverModel
from vedette.simulate.sensors.rf_finder import RfFinderModel
from vedette.simulate.sensors.surveillance_radar import SurveillanceRadarModel
from vedette.simulate.spec.place import Site
from vedette.simulate.spec.sensors import (
    AdsbReceiver,
    DroneRadar,
    RemoteIdReceiver,
    RfFinder,
    SensorSpec,
    SurveillanceRadar,
)

SensorModel = (
    SurveillanceRadarModel | DroneRadarModel | RfFinderModel | RemoteIdReceiverModel | AdsbReceiverModel
)


def model_of(spec: SensorSpec, connection: int, site: Site, roster: Roster) -> SensorModel:
    """The model of one sensor; connection counts the senders of its feed."""
    match spec:
        case SurveillanceRadar():
            return SurveillanceRadarModel(spec, connection, site, roster)
        case DroneRadar():
            return DroneRadarModel(spec, connection, site, roster)
        case RfFinder():
            return RfFinderModel(spec, connection, site, roster)
        case RemoteIdReceiver():
            return RemoteIdReceiverModel(spec, connection, site, roster)
        case AdsbReceiver():
            return AdsbReceiverModel(spec, connection, site, roster)
