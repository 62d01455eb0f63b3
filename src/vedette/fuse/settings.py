"""Settings of track fusion, set once for everything from a hovering multirotor to a jet."""

from msgspec import Struct


class FuseSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the fusion assumes.

    process_q            m²/s³, acceleration noise density to carry reports to one time with
    site_bias_sd_m       what two nodes' places may be wrong by against each other; not part of the result
    late_s               reports older than this are not used
    silent_s             a member that told nothing new for so long leaves
    memory_s             and is known again when it comes back within so long
    crowd_per_km2        density of targets where a node sees no other one nearby
    height_span_m, speed_span_mps, climb_span_mps  what targets that are not one are spread over
    correlation_s        a pair is compared anew once in so long; in between it counts for its share
    most_evidence        of a comparison, for 'same'; and least_evidence, for 'different'
    cap                  evidence of a pair stays within ±cap, so that it can change its mind
    stay                 premium for staying in a system track, and what a newcomer must exceed
    duplicate            evidence from which two tracks of one node are one target
    outlier_sd           members farther than this from the surest one are not mixed in
    """

    process_q: float = 3.0
    site_bias_sd_m: float = 15.0
    late_s: float = 30.0
    silent_s: float = 20.0
    memory_s: float = 600.0
    crowd_per_km2: float = 0.01
    height_span_m: float = 8000.0
    speed_span_mps: float = 300.0
    climb_span_mps: float = 20.0
    correlation_s: float = 8.0
    most_evidence: float = 10.0
    least_evidence: float = -25.0
    cap: float = 40.0
    stay: float = 6.0
    duplicate: float = 20.0
    outlier_sd: float = 6.0
