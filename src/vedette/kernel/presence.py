"""Is it still there? Recursive Bayes over where a thing may be, or that it has gone.

Belief      b[s, v, h, n]   probability that it is in cell n of the ground, at height layer h (0 low, 1 high),
                            and as visible as level v, under the assumptions s
            gone[s]         that it has left or landed; b[s] and gone[s] sum to 1. All of it is given that the
                            thing is what one looks for: that it vanished speaks neither for nor against that,
                            for a bird that was taken for a drone vanishes too

One step of dt seconds is a prediction and a look:

1. Survival. A flight that has lasted a goes on to a + dt with S(a + dt) / S(a). Two things end it: a battery,
   a Weibull distribution, exp(-(a / scale)^k), and the will of who flies it, at any age alike,
   exp(-a / stay). What ends goes to `gone`.
2. Motion. A walk whose speed keeps its course for a time tau spreads as a diffusion of v²·tau/2 an axis
   (the Ornstein-Uhlenbeck walk after many tau); on a grid a share D·dt / cell² goes to each of the four
   neighbours. What goes over the edge has left: `gone`. Layers and levels of visibility exchange
   as Markov chains.
3. Again. A share of `gone` starts anew, low, anywhere on the grid.
4. The look. A sensor whose look has a detection probability p in that cell, layer and level, and that told
   nothing, multiplies by 1 - p: Bayes' rule for a missed detection. Where nobody looks, p = 0 and
   nothing changes by it. Looks that are nearer in time than a sensor's `every_s` are not independent:
   in dt the exponent is dt / every_s.

Sums stay what they were until the look; dividing by the sum afterwards is the rule's denominator.

Sources: Koopman (1946), Search and Screening, for negative search results; Stone (1975), Theory of Optimal
Search, chapter 2, for the posterior after unsuccessful search with motion; Uhlenbeck & Ornstein (1930).
"""

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]


def survival(age_s: float, dt_s: float, scale_s: Array, shape: float, stay_s: Array) -> Array:
    """(s,): the share of flights that have lasted age_s and go on for dt_s more.

    scale_s  (s,)  s, with shape, of the Weibull distribution of what a battery lasts
    stay_s   (s,)  s, mean time after which a flight ends by will
    """
    out: Array = np.exp((age_s / scale_s) ** shape - ((age_s + dt_s) / scale_s) ** shape - dt_s / stay_s)
    return out


@njit
def predict(
    b: Array,
    gone: Array,
    width: int,
    spread: Array,
    survive: Array,
    climb: float,
    hide: Array,
    prior: Array,
    again: float,
) -> tuple[Array, Array]:
    """Carry a belief forward without looking.

    b        (s, v, h, n)  belief; n cells in rows of `width`
    gone     (s,)
    spread   (s,)          share of a cell that goes to each neighbour, up to 0.25
    survive  (s,)          share of flights that go on
    climb                  share of a layer that goes to the other
    hide     (s,)          share of a level that is drawn anew from `prior`
    prior    (s, v)        levels of visibility, each row sums to 1
    again                  share of gone that starts anew

    Returns new (b, gone); b[i] and gone[i] sum to what they summed to before.
    """  # fmt: skip
    n_sets, n_levels, n_layers, n = b.shape
    height = n // width
    out = np.zeros_like(b)
    left = np.empty(n_sets)
    for s in range(n_sets):
        lost = 0.0
        for v in range(n_levels):
            for h in range(n_layers):
                for y in range(height):
                    for x in range(width):
                        i = y * width + x
                        m = b[s, v, h, i]
                        if m == 0.0:
                            continue
                        lost += m * (1.0 - survive[s])
                        m *= survive[s]
                        part = m * spread[s]
                        out[s, v, h, i] += m - 4.0 * part
                        if x > 0:
                            out[s, v, h, i - 1] += part
                        else:
                            lost += part
                        if x < width - 1:
                            out[s, v, h, i + 1] += part
                        else:
                            lost += part
                        if y > 0:
                            out[s, v, h, i - width] += part
                        else:
                            lost += part
                        if y < height - 1:
                            out[s, v, h, i + width] += part
                        else:
                            lost += part
        fresh = again * gone[s]
        left[s] = gone[s] + lost - fresh
        for i in range(n):
            total = 0.0
            for h in range(n_layers):
                layer = 0.0
                for v in range(n_levels):
                    layer += out[s, v, h, i]
                for v in range(n_levels):
                    out[s, v, h, i] += hide[s] * (prior[s, v] * layer - out[s, v, h, i])
                total += layer
            if total > 0.0 and n_layers == 2:
                for v in range(n_levels):
                    low, high = out[s, v, 0, i], out[s, v, 1, i]
                    out[s, v, 0, i] = low + climb * (high - low)
                    out[s, v, 1, i] = high + climb * (low - high)
            for v in range(n_levels):
                out[s, v, 0, i] += fresh * prior[s, v] / n
    return out, left


@njit
def look(b: Array, gone: Array, miss: Array) -> tuple[Array, Array]:
    """Take that nothing was seen.

    b     (s, v, h, n)  belief
    gone  (s,)
    miss  (s, v, h, n)  probability that all who look see nothing of what is there

    Returns new (b, gone), which sum to 1 by set.
    """
    out = np.empty_like(b)
    left = np.empty_like(gone)
    n_sets, n_levels, n_layers, n = b.shape
    for s in range(n_sets):
        total = gone[s]
        for v in range(n_levels):
            for h in range(n_layers):
                for i in range(n):
                    m = b[s, v, h, i] * miss[s, v, h, i]
                    out[s, v, h, i] = m
                    total += m
        if total <= 0.0:  # certain of what cannot be: then it has gone
            left[s] = 1.0
            out[s] = 0.0
            continue
        left[s] = gone[s] / total
        for v in range(n_levels):
            for h in range(n_layers):
                for i in range(n):
                    out[s, v, h, i] /= total
    return out, left
