"""The score as one page to look at: figures, curves, each target's life, a map. No network, no script."""

from vedette.evaluate.page.page import page

__all__ = ["page"]
