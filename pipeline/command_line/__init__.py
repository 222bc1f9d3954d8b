"""The ``straitwire`` command: one module a group of commands; none imports Beam before it has to run."""
