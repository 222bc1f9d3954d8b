"""The algorithms of the stages as pure functions: no I/O, no clock, no Beam."""
