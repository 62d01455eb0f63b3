"""The processes of a node, one module each; `vedette.app.topology` says who talks to whom."""
