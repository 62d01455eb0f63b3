"""How sure identification must be, and who may fly."""

from msgspec import Struct

from vedette.identify.leaves import Authorised


class IdentifySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How sure is sure.

    sure_from               how strong the case for a drone must be, nats, for a track to count as one: of
                            e^sure_from others one does so by mistake
    uas_from, uas_below     and P(unmanned aircraft) from which it counts as one, and below which no longer
    ground_sd_m             how flat the ground is about what the zones say, standard deviation: what keeps to
                            it is no drone. Large where there are hills
    claim_wait_s            so long after its track began may a drone take to be heard saying who it is
    expected_wait_s         and so long where somebody has leave now and was not heard yet
    planned_wait_s          and so long where its leave is for a volume, and the track began in it
    claim_age_s             a claim older than this no longer speaks for the track
    leave_age_s             but for whether it may be there, unless another speaks under its name
    out_sigma               what has leave is out of the volume of it when it is surely so, by so many sigma
    check_claims            whether claims are checked against what other sensors see
    doubt_from              a claim whose probability of being false is higher gives no leave
    ghost_from              and from here on a claim that nothing else is seen of raises no alert either
    """

    sure_from: float = 1.8
    uas_from: float = 0.85
    uas_below: float = 0.4
    ground_sd_m: float = 2.0
    claim_wait_s: float = 6.0
    expected_wait_s: float = 20.0
    planned_wait_s: float = 90.0
    claim_age_s: float = 30.0
    leave_age_s: float = 600.0
    out_sigma: float = 2.0
    check_claims: bool = True
    doubt_from: float = 0.5
    ghost_from: float = 0.9
    authorised: list[Authorised] = []
